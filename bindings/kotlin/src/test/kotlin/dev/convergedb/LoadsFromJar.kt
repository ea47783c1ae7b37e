package dev.convergedb

import java.io.File

/** Loads the library as an application does, from the jar, on a thread whose class loader sees neither the jar nor JNA. */
fun main() {
    Thread.currentThread().contextClassLoader = ClassLoader.getPlatformClassLoader()
    Doc.inMemory().use { doc ->
        doc.insert("t", "1", "a" to 1)
        check(doc.count("t") == 1L)
    }
    // JNA unpacks a library into a file of its own and removes that: what is mapped twice was loaded twice.
    val mapped = File("/proc/self/maps").readLines().map { it.substringAfter('/', "") }.filter { "jna" in it && ".jar" !in it }.toSet()
    println(Doc::class.java.protectionDomain.codeSource.location.path)
    println("loaded from files: ${mapped.size}")
}
