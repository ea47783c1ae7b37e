package dev.convergedb

import com.sun.jna.NativeLibrary
import dev.convergedb.ffi.RustBuffer
import dev.convergedb.ffi.UniffiRustCallStatus
import dev.convergedb.ffi.uniffiEnsureInitialized

/** The version of the package, which that of the library has to be. */
internal const val VERSION: String = "0.1.0"

/** The native library, which is loaded when it is first needed. */
internal object Library {
    private const val NAME = "converge_uniffi"

    /** The number of the binary interface, which that of the library has to be. */
    private const val ABI = 0

    /** What JNA finds it by. */
    val name: String
        get() = System.getProperty("uniffi.component.$NAME.libraryOverride") ?: NAME

    private val loaded: Result<Unit> by lazy { runCatching(::open) }

    /** Throws the same error each time when there is no library for this platform, or it is of another version. */
    fun load() = loaded.getOrThrow()

    private fun open() {
        // Before the generated code looks at it, which would just say that something is different; and by the class loader that it takes:
        // by another it would be another library to JNA, and loaded twice.
        val library = NativeLibrary.getInstance(name, Library::class.java.classLoader)
        val version = versionOf(library)
        if (version != VERSION) throw different("the native library is of version $version")
        val abi = library.getFunction("uniffi_${NAME}_fn_func_abi_version").invokeInt(arrayOf(UniffiRustCallStatus()))
        if (abi != ABI) throw different("the native library is of version $VERSION too, but its binary interface is $abi, not $ABI")
        try {
            uniffiEnsureInitialized()
        } catch (error: Throwable) {
            val what = "the native library is of version $VERSION too, but of another build, with another interface"
            throw if (error is RuntimeException || error is LinkageError) different(what, error) else error
        }
        DirectCalls.load()
    }

    private fun different(what: String, cause: Throwable? = null): LinkageError =
        LinkageError("this is convergedb $VERSION for Kotlin, and $what: use both of one build", cause)

    private fun versionOf(library: NativeLibrary): String {
        val version = library.getFunction("uniffi_${NAME}_fn_func_version")
        val free = library.getFunction("ffi_${NAME}_rustbuffer_free")
        val text = version.invoke(RustBuffer.ByValue::class.java, arrayOf(UniffiRustCallStatus())) as RustBuffer.ByValue
        val bytes = text.data?.getByteArray(0, text.len.toInt()) ?: ByteArray(0)
        free.invoke(Void::class.java, arrayOf(text, UniffiRustCallStatus()))
        return bytes.toString(Charsets.UTF_8)
    }
}

/** The version of convergedb. */
public fun version(): String = VERSION
