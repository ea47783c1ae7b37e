package dev.convergedb

/** Tries to load the library twice, and prints what comes of it. */
fun main() {
    repeat(2) {
        try {
            Doc.inMemory()
        } catch (error: LinkageError) {
            println(error)
        }
    }
}
