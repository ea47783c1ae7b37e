package dev.convergedb

import dev.convergedb.ffi.Failure

/**
 * An error of convergedb: one subclass for each kind, by what the caller can do about it, so that `when` over it is complete.
 *
 * The message says what and where, for people. What a program needs is in the properties, which are null where they say nothing.
 * After any error the replica is as it was before the call; only after [StorageException] on a write the outcome is unknown until the file
 * is opened again.
 */
public sealed class ConvergeException(
    /** The number of the kind, the same in every language. */
    public val code: Int,
    /** The name of the kind, such as `row_exists`, the same in every language. */
    public val kind: String,
    message: String,
    details: ErrorDetails,
    cause: Throwable?,
) : RuntimeException(message, cause) {
    /** The event that the error is about. */
    public val eventId: EventId? = details.eventId

    /** The peer that the error is about. */
    public val peer: String? = details.peer

    /** The bound that was passed. */
    public val limit: Long? = details.limit

    /** Where in the input the error lies, in bytes. */
    public val offset: Long? = details.offset

    /** The file that the error is about, or the place inside a JSON text, such as `[0].ops[2].value`. */
    public val path: String? = details.path
}

/** What an error says beside its message. */
public data class ErrorDetails(
    /** The event that the error is about. */
    val eventId: EventId? = null,
    /** The peer that the error is about. */
    val peer: String? = null,
    /** The bound that was passed. */
    val limit: Long? = null,
    /** Where in the input the error lies, in bytes. */
    val offset: Long? = null,
    /** The file that the error is about, or the place inside a JSON text. */
    val path: String? = null,
) {
    internal companion object {
        val NONE = ErrorDetails()
    }
}

/** An argument breaks a documented rule. Fix the call; a retry cannot help. */
public class InvalidArgumentException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(1, "invalid_argument", message, details, cause)

/** A value is of no kind that a cell holds: NaN, an infinity, text with half a surrogate pair, a list. */
public class InvalidValueException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(2, "invalid_value", message, details, cause)

/** A bound would be passed; it stands in [limit]. */
public class LimitExceededException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(3, "limit_exceeded", message, details, cause)

/** The row of an insert shows already. Use `upsert` to write over it. */
public class RowExistsException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(4, "row_exists", message, details, cause)

/** The row of an update or delete does not show. */
public class RowNotFoundException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(5, "row_not_found", message, details, cause)

/** A message breaks its form. Nothing of it was applied; its sender is broken or hostile. */
public class MalformedException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(6, "malformed", message, details, cause)

/** A message or file was written by a newer version. */
public class UnsupportedVersionException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(7, "unsupported_version", message, details, cause)

/** An event id is taken by other content; it stands in [eventId]. Two devices share a peer id: [Doc.fork] is the way out. */
public class ConflictingEventException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(8, "conflicting_event", message, details, cause)

/** The message belongs to another document. */
public class OtherDocumentException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(9, "other_document", message, details, cause)

/** An ephemeral timestamp is too far ahead of the local wall clock. */
public class FromTheFutureException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(10, "from_the_future", message, details, cause)

/** The document, store or transaction was closed. */
public class ClosedException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(11, "closed", message, details, cause)

/** Another handle or process has the file open for writing. */
public class AlreadyOpenException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(12, "already_open", message, details, cause)

/** Stored bytes are damaged; what can still be read [Doc.salvage] reads. */
public class CorruptException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(13, "corrupt", message, details, cause)

/** The disk or the file system refused; the message carries its words. */
public class StorageException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(14, "storage", message, details, cause)

/** The replica was opened for reading only. */
public class ReadOnlyException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(15, "read_only", message, details, cause)

/** A signature or hash does not hold. */
public class UnauthenticException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(16, "unauthentic", message, details, cause)

/** Of the C library alone: a handle is not live. Kotlin never throws it. */
public class InvalidHandleException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(17, "invalid_handle", message, details, cause)

/** A panic inside was caught. The object is of no further use; others are. */
public class InternalException
internal constructor(message: String, details: ErrorDetails = ErrorDetails.NONE, cause: Throwable? = null) :
    ConvergeException(18, "internal", message, details, cause)

/** An error of a kind that this version of the package does not know; [code], [kind] and the message show it. */
public class OtherException
internal constructor(code: Int, kind: String, message: String, details: ErrorDetails, cause: Throwable? = null) :
    ConvergeException(code, kind, "$kind ($code): $message", details, cause)

/** The exception of the kind with this number. */
internal fun exceptionOf(code: Int, kind: String, message: String, details: ErrorDetails, cause: Throwable?): ConvergeException =
    when (code) {
        1 -> InvalidArgumentException(message, details, cause)
        2 -> InvalidValueException(message, details, cause)
        3 -> LimitExceededException(message, details, cause)
        4 -> RowExistsException(message, details, cause)
        5 -> RowNotFoundException(message, details, cause)
        6 -> MalformedException(message, details, cause)
        7 -> UnsupportedVersionException(message, details, cause)
        8 -> ConflictingEventException(message, details, cause)
        9 -> OtherDocumentException(message, details, cause)
        10 -> FromTheFutureException(message, details, cause)
        11 -> ClosedException(message, details, cause)
        12 -> AlreadyOpenException(message, details, cause)
        13 -> CorruptException(message, details, cause)
        14 -> StorageException(message, details, cause)
        15 -> ReadOnlyException(message, details, cause)
        16 -> UnauthenticException(message, details, cause)
        17 -> InvalidHandleException(message, details, cause)
        18 -> InternalException(message, details, cause)
        else -> OtherException(code, kind, message, details, cause)
    }

internal fun exceptionOf(failure: Failure.Failed): ConvergeException {
    val details =
        ErrorDetails(
            failure.eventId?.let(EventId::of),
            failure.peer,
            failure.limit?.toLong(),
            failure.offset?.toLong(),
            failure.path,
        )
    return exceptionOf(failure.number, failure.name, failure.text, details, failure)
}
