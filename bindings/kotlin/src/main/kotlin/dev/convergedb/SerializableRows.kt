@file:JvmName("SerializableRows")

package dev.convergedb

import dev.convergedb.serialization.Cells
import kotlinx.serialization.serializer

/** A row as an object of a `@Serializable` class, with its id. */
public data class ObjectRow<T>(public val id: String, public val value: T)

/** Makes a row show, with the properties of an object of a `@Serializable` class as its cells; [Cells] says which. */
public inline fun <reified T : Any> DocWrite.insert(table: String, rowId: String, row: T): Commit = insert(table, rowId, cellsOf(row))

/** Writes the properties of an object of a `@Serializable` class into a row, and makes it show if it does not. */
public inline fun <reified T : Any> DocWrite.upsert(table: String, rowId: String, row: T): Commit = upsert(table, rowId, cellsOf(row))

/** Inserts many rows of one table: objects of a `@Serializable` class by row id. */
public inline fun <reified T : Any> DocWrite.insertMany(table: String, rows: Map<String, T>): Commit {
    val serializer = serializer<T>()
    return insertMany(table, rows.asSequence().map { (id, row) -> Row(id, Cells.DEFAULT.encode(serializer, row)) }.asIterable())
}

/** The row as an object of a `@Serializable` class; null where it does not show. */
public inline fun <reified T : Any> DocRead.rowAs(table: String, rowId: String): T? = row(table, rowId)?.let { objectOf(it) }

/** The rows of a table as objects of a `@Serializable` class, fetched page by page. */
public inline fun <reified T : Any> DocRead.rowsAs(table: String, range: RowRange = RowRange.ALL): Sequence<ObjectRow<T>> =
    serializer<T>().let { serializer -> rows(table, range).map { ObjectRow(it.id, Cells.DEFAULT.decode(serializer, it.values)) } }

/** As [Transaction.insert], of an object of a `@Serializable` class. */
public inline fun <reified T : Any> Transaction.insert(table: String, rowId: String, row: T): Unit = insert(table, rowId, cellsOf(row))

/** As [Transaction.upsert], of an object of a `@Serializable` class. */
public inline fun <reified T : Any> Transaction.upsert(table: String, rowId: String, row: T): Unit = upsert(table, rowId, cellsOf(row))

/** As [Transaction.insertMany], of objects of a `@Serializable` class by row id. */
public inline fun <reified T : Any> Transaction.insertMany(table: String, rows: Map<String, T>): Unit {
    val serializer = serializer<T>()
    return insertMany(table, rows.asSequence().map { (id, row) -> Row(id, Cells.DEFAULT.encode(serializer, row)) }.asIterable())
}

/** As [Transaction.row], as an object of a `@Serializable` class. */
public inline fun <reified T : Any> Transaction.rowAs(table: String, rowId: String): T? = row(table, rowId)?.let { objectOf(it) }

/** The cells of an object of a `@Serializable` class. */
public inline fun <reified T : Any> cellsOf(row: T): Map<String, Value> = Cells.DEFAULT.encode(serializer<T>(), row)

/** The object of a `@Serializable` class that cells stand for. */
public inline fun <reified T : Any> objectOf(values: Map<String, Value>): T = Cells.DEFAULT.decode(serializer<T>(), values)
