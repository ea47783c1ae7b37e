package dev.convergedb

import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The READMEs' code runs and prints what it says. */
class ReadmeTest {
    private val root = File(System.getProperty("converge.root"))

    private fun blocks(readme: String, language: String) =
        Regex("^```$language\n(.*?)^```", setOf(RegexOption.MULTILINE, RegexOption.DOT_MATCHES_ALL)).findAll(root.resolve(readme).readText()).map { it.groupValues[1] }.toList()

    private fun says(readme: String, run: () -> Unit) {
        // The snippets name their files without a folder, as a reader does.
        File(".").absoluteFile.listFiles().orEmpty().filter { ".db" in it.name }.forEach(File::delete)
        val (before, said) = Pair(System.out, ByteArrayOutputStream())
        System.setOut(PrintStream(said, true))
        try {
            run()
        } finally {
            System.setOut(before)
        }
        val wanted = Regex("println\\(.*\\) +// (.*)$", RegexOption.MULTILINE).findAll(blocks(readme, "kotlin").joinToString("")).map { it.groupValues[1] }.toList()
        assertTrue(wanted.isNotEmpty())
        assertEquals(wanted, said.toString().lines().filter(String::isNotEmpty))
    }

    @Test fun `the package's README runs`() = says("bindings/kotlin/README.md") { dev.convergedb.readme1.readme() }

    @Test fun `the project's README runs`() = says("README.md") { dev.convergedb.readme2.readme() }

    @Test
    fun `the README's Java is what the Java test runs`() {
        val tested = root.resolve("bindings/kotlin/src/test/java/dev/convergedb/java/JavaTest.java").readText()
        // The whole block, as it stands, is the body of the method that the test calls.
        val shown = blocks("bindings/kotlin/README.md", "java").single().lines().filter(String::isNotEmpty).joinToString("") { "        $it\n" }
        assertEquals(shown, tested.substringAfter("private static void readme() {\n").substringBefore("    }\n\n"))
    }
}
