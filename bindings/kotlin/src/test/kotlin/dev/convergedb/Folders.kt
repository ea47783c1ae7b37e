package dev.convergedb

import com.sun.jna.Function
import com.sun.jna.NativeLibrary
import dev.convergedb.ffi.RustBuffer
import dev.convergedb.ffi.UniffiRustCallStatus
import java.io.File
import org.junit.jupiter.api.Assertions.assertThrows

/** A file in a folder that JUnit removes. */
internal fun File.db(name: String = "replica.db"): String = resolve(name).path

/** The error that a call throws, which is of this class or one below it. */
internal inline fun <reified E : Throwable> throws(noinline call: () -> Unit): E = assertThrows(E::class.java, call)

/** Functions of the library that only its build for tests has. They panic or fail on purpose. */
internal object Hooks {
    private fun function(name: String): Function {
        val library = NativeLibrary.getInstance(checkNotNull(System.getProperty("uniffi.component.converge_uniffi.libraryOverride")))
        return library.getFunction("uniffi_converge_uniffi_fn_$name")
    }

    private fun call(name: String, vararg arguments: Any) {
        val status = UniffiRustCallStatus()
        function(name).invoke(Void::class.java, arrayOf(*arguments, status))
        status.read()
        translating {
            when (status.code.toInt()) {
                0 -> {}
                1 -> throw dev.convergedb.ffi.FfiConverterTypeFailure.lift(status.error_buf)
                else -> throw dev.convergedb.ffi.InternalException(textOf(status.error_buf))
            }
        }
    }

    private fun textOf(buffer: RustBuffer): String = buffer.data?.getByteArray(0, buffer.len.toInt())?.toString(Charsets.UTF_8).orEmpty()

    fun panicIn(doc: Doc) = call("method_doc_panic_in_doc", doc.ffi.uniffiCloneHandle())

    fun panicOutside() = call("func_panic_outside")

    fun failWith(number: Int) = call("func_fail_with", number)
}
