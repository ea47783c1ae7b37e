package dev.convergedb

import java.io.File
import kotlin.reflect.KType
import kotlin.reflect.KVisibility
import kotlin.reflect.full.memberFunctions
import kotlin.reflect.full.memberProperties
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What others can see of the package. */
class ApiTest {
    private val classes = File(Doc::class.java.protectionDomain.codeSource.location.toURI())

    private fun all() =
        classes
            .walk()
            .filter { it.extension == "class" }
            .map { Class.forName(it.relativeTo(classes).path.removeSuffix(".class").replace('/', '.'), false, javaClass.classLoader) }

    private fun named(type: KType): Sequence<String> =
        sequenceOf(type.classifier.toString()) + type.arguments.asSequence().mapNotNull { it.type }.flatMap(::named)

    @Test
    fun `no public signature names the generator or JNA`() {
        var signatures = 0
        val visible = all().filter { !it.name.startsWith("dev.convergedb.ffi.") && !it.isSynthetic && !it.isAnonymousClass && !it.isLocalClass }
        for (type in visible.map { it.kotlin }) {
            // A file of functions is no class to Kotlin's reflection.
            if (type.java.simpleName.endsWith("Kt") || type.java.isAnnotationPresent(Metadata::class.java).not()) continue
            if (type.java.getAnnotation(Metadata::class.java).kind != 1) continue
            if (type.visibility != KVisibility.PUBLIC) continue
            val members = type.memberFunctions.filter { it.visibility == KVisibility.PUBLIC || it.visibility == KVisibility.PROTECTED }
            val properties = type.memberProperties.filter { it.visibility == KVisibility.PUBLIC || it.visibility == KVisibility.PROTECTED }
            val constructors = type.constructors.filter { it.visibility == KVisibility.PUBLIC || it.visibility == KVisibility.PROTECTED }
            val used = (members + constructors).flatMap { it.parameters.map { given -> given.type } + it.returnType } + properties.map { it.returnType } + type.supertypes
            for (name in used.asSequence().flatMap(::named)) {
                signatures++
                assertTrue("com.sun.jna" !in name && "dev.convergedb.ffi" !in name, "$type shows $name")
            }
        }
        assertTrue(signatures > 500, "just $signatures")
    }

    @Test
    fun `all that is generated is internal`() {
        val generated = all().filter { it.name.startsWith("dev.convergedb.ffi.") && it.getAnnotation(Metadata::class.java)?.kind == 1 }.map { it.kotlin }.toList()
        assertTrue(generated.size > 100)
        val outer = generated.filter { it.java.enclosingClass == null }
        assertEquals(emptyList<Any>(), outer.filter { it.visibility == KVisibility.PUBLIC || it.visibility == KVisibility.PROTECTED })
    }

    @Test
    fun `the versions agree`() {
        val root = File(System.getProperty("converge.root"))
        val cargo = Regex("^version = \"(.*)\"", RegexOption.MULTILINE).find(root.resolve("Cargo.toml").readText())!!.groupValues[1]
        val pom = Regex("<version>(.*)</version>").find(root.resolve("bindings/kotlin/pom.xml").readText())!!.groupValues[1]
        assertEquals(listOf(cargo, cargo, cargo), listOf(pom, version(), dev.convergedb.ffi.version()))
        assertEquals(DocRead.CHANGES_MAX.toULong(), dev.convergedb.ffi.changesMax())
        assertEquals(EphemeralOptions.TTL_MS.toULong(), dev.convergedb.ffi.ephemeralTtlMs())
    }
}
