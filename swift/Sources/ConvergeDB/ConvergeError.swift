import Foundation

/// What can go wrong, by what the caller can do about it. Each kind has the same number and name in every language.
///
/// After any error the replica is as it was before the call, with one exception: after ``storage(_:)`` on a commit the outcome is unknown
/// until the file is opened again.
public enum ConvergeError: Error, Sendable, Hashable {
    /// An argument breaks a documented rule. Fix the call; a retry cannot help.
    case invalidArgument(Details)
    /// A value is of no kind that a cell holds: NaN or an infinity.
    case invalidValue(Details)
    /// A bound would be passed; it stands in ``Details/limit``.
    case limitExceeded(Details)
    /// The row of an insert shows already. Use `upsert` to write over it.
    case rowExists(Details)
    /// The row of an update or delete does not show.
    case rowNotFound(Details)
    /// A message breaks its form. Nothing of it was applied; its sender is broken or hostile.
    case malformed(Details)
    /// A message or file was written by a newer version, or the loaded library is of another version than this package.
    case unsupportedVersion(Details)
    /// An event id is taken by other content; it stands in ``Details/eventID``. Two devices share a peer id: ``Doc/fork(from:)``.
    case conflictingEvent(Details)
    /// The message belongs to another document.
    case otherDocument(Details)
    /// An ephemeral timestamp is too far ahead of the local wall clock.
    case fromTheFuture(Details)
    /// The document, store or transaction was closed.
    case closed(Details)
    /// Another handle or process has the file open for writing.
    case alreadyOpen(Details)
    /// Stored bytes are damaged; what can still be read ``Doc/salvage(path:)`` reads.
    case corrupt(Details)
    /// The disk or the file system refused; the message carries its words.
    case storage(Details)
    /// The replica was opened for reading only.
    case readOnly(Details)
    /// A signature or hash does not hold.
    case unauthentic(Details)
    /// Of the C library alone: a handle is not live. Swift never throws it.
    case invalidHandle(Details)
    /// A panic inside was caught. The object is of no further use; others are.
    case `internal`(Details)
    /// A kind that this version of the package does not know.
    case other(number: Int, name: String, Details)

    /// What an error says besides its kind. Fields are `nil` where they say nothing.
    public struct Details: Sendable, Hashable {
        /// What and where, for people. It is not API.
        public var message: String
        /// The event that the error is about.
        public var eventID: EventID?
        /// The peer that the error is about.
        public var peer: String?
        /// The bound that was passed.
        public var limit: UInt64?
        /// Where in the input the error lies, in bytes.
        public var offset: UInt64?
        /// The file that the error is about, or the place inside a JSON text, such as `[0].ops[2].value`.
        public var path: String?

        /// Details, of which the message alone is needed.
        public init(
            _ message: String, eventID: EventID? = nil, peer: String? = nil, limit: UInt64? = nil, offset: UInt64? = nil,
            path: String? = nil
        ) {
            self.message = message
            self.eventID = eventID
            self.peer = peer
            self.limit = limit
            self.offset = offset
            self.path = path
        }
    }

    /// The error of a number.
    init(number: Int, name: String, _ details: Details) {
        switch number {
        case 1: self = .invalidArgument(details)
        case 2: self = .invalidValue(details)
        case 3: self = .limitExceeded(details)
        case 4: self = .rowExists(details)
        case 5: self = .rowNotFound(details)
        case 6: self = .malformed(details)
        case 7: self = .unsupportedVersion(details)
        case 8: self = .conflictingEvent(details)
        case 9: self = .otherDocument(details)
        case 10: self = .fromTheFuture(details)
        case 11: self = .closed(details)
        case 12: self = .alreadyOpen(details)
        case 13: self = .corrupt(details)
        case 14: self = .storage(details)
        case 15: self = .readOnly(details)
        case 16: self = .unauthentic(details)
        case 17: self = .invalidHandle(details)
        case 18: self = .internal(details)
        default: self = .other(number: number, name: name, details)
        }
    }

    private var facts: (code: Int, name: String, details: Details) {
        switch self {
        case .invalidArgument(let details): (1, "invalid_argument", details)
        case .invalidValue(let details): (2, "invalid_value", details)
        case .limitExceeded(let details): (3, "limit_exceeded", details)
        case .rowExists(let details): (4, "row_exists", details)
        case .rowNotFound(let details): (5, "row_not_found", details)
        case .malformed(let details): (6, "malformed", details)
        case .unsupportedVersion(let details): (7, "unsupported_version", details)
        case .conflictingEvent(let details): (8, "conflicting_event", details)
        case .otherDocument(let details): (9, "other_document", details)
        case .fromTheFuture(let details): (10, "from_the_future", details)
        case .closed(let details): (11, "closed", details)
        case .alreadyOpen(let details): (12, "already_open", details)
        case .corrupt(let details): (13, "corrupt", details)
        case .storage(let details): (14, "storage", details)
        case .readOnly(let details): (15, "read_only", details)
        case .unauthentic(let details): (16, "unauthentic", details)
        case .invalidHandle(let details): (17, "invalid_handle", details)
        case .internal(let details): (18, "internal", details)
        case .other(let number, let name, let details): (number, name, details)
        }
    }

    /// The number of the kind.
    public var code: Int { facts.code }

    /// The name of the kind, such as `row_exists`.
    public var name: String { facts.name }

    /// What the error says besides its kind.
    public var details: Details { facts.details }

    /// What and where, for people.
    public var message: String { facts.details.message }
}

extension ConvergeError: CustomStringConvertible, LocalizedError {
    /// The kind and the message; the number too where this version does not know the kind.
    public var description: String {
        if case .other(let number, let name, let details) = self { return "\(name) (\(number)): \(details.message)" }
        return "\(name): \(message)"
    }

    /// The same as ``description``.
    public var errorDescription: String? { description }
}
