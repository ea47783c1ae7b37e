package dev.convergedb.java;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.convergedb.Change;
import dev.convergedb.Changes;
import dev.convergedb.Doc;
import dev.convergedb.DocOptions;
import dev.convergedb.Durability;
import dev.convergedb.EphemeralOptions;
import dev.convergedb.EphemeralStore;
import dev.convergedb.MergeResult;
import dev.convergedb.Patch;
import dev.convergedb.Row;
import dev.convergedb.RowNotFoundException;
import dev.convergedb.RowRange;
import dev.convergedb.Sync;
import dev.convergedb.Value;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The package as Java sees it. */
class JavaTest {
    @TempDir Path folder;

    @Test
    void theReadme() {
        PrintStream before = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setOut(new PrintStream(said, true));
        try {
            readme();
        } finally {
            System.setOut(before);
        }
        List<String> lines = said.toString().lines().toList();
        assertEquals(3, lines.size());
        assertTrue(lines.get(0).startsWith("Change(patches=[ChangePatch(patch=InsertRow(table=todos, rowId=1"), lines.get(0));
        assertTrue(lines.get(1).contains("SetCell(table=todos, rowId=1, column=done, value=Bool(value=true))"), lines.get(1));
        assertEquals("1 milk", lines.get(2));
    }

    private static void readme() {
        try (Doc doc = Doc.inMemory(); Changes changes = doc.subscribe()) {
            doc.insert("todos", "1", Map.of("title", "milk", "done", false));
            int open = doc.transaction(tx -> {
                tx.update("todos", "1", "done", true);
                return (int) tx.count("todos");
            });
            for (Change change : changes.drain().getChanges()) System.out.println(change);
            System.out.println(open + " " + doc.row("todos", "1").get("title").getTextOrNull()); // 1 milk
        }
    }

    @Test
    void filesRowsAndErrors() {
        DocOptions options = DocOptions.builder().peer("ann").durability(Durability.RELAXED).build();
        try (Doc doc = Doc.open(folder.resolve("java.db"), options); Doc other = Doc.inMemory()) {
            doc.insertMany("t", List.of(Row.of("1", Map.of("n", 1)), Row.of("2", Map.of("n", 2.5f, "b", new byte[] {1}))));
            assertEquals(new Value.Int(1), doc.get("t", "1", "n"));
            assertEquals(Value.of(new byte[] {1}), doc.get("t", "2", "b"));
            MergeResult merged = other.mergeRemote(doc.getPending(other.versions()).getBytes());
            assertTrue(merged.getPatches().get(0) instanceof Patch.InsertRow);
            other.delete("t", "2");
            assertEquals(1, Sync.sync(doc, other).getIntoA());
            Iterator<Row> rows = doc.rows("t", RowRange.ALL).iterator();
            assertEquals("1", rows.next().getId());
            RowNotFoundException error = assertThrows(RowNotFoundException.class, () -> doc.delete("t", "2"));
            assertEquals(5, error.getCode());
            Changes changes = doc.subscribe();
            doc.update("t", "1", "n", 3);
            for (Change change : changes.blocking()) {
                assertEquals("1", change.getPatches().get(0).getPatch().getRowId());
                changes.close();
            }
            assertTrue(changes.isOver());
            assertThrows(IllegalArgumentException.class, () -> doc.transaction(tx -> { throw new IllegalArgumentException(); }));
        }
    }

    @Test
    void presence() {
        try (EphemeralStore store = new EphemeralStore(EphemeralOptions.builder().peer("ann").ttlMs(null).build()); EphemeralStore other = new EphemeralStore()) {
            store.set("here", "ann", "Ann");
            assertEquals(1, other.mergeBytes(store.encodeAll()).getChanged());
            assertEquals(Value.of("Ann"), other.get("here", "ann").getValue());
        }
    }
}
