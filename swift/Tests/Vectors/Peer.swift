import ConvergeDB
import Foundation

/// Replicas in memory or in files; how what a replica gives travels: as JSON text, as plain data, or as bytes, by versions or by request.
enum Mode: String, CaseIterable {
    case memoryJSON = "memory, json"
    case memoryPlain = "memory, plain"
    case memoryBytes = "memory, bytes"
    case fileJSON = "file, json"
    case fileRequest = "file, request"

    var isFile: Bool { self == .fileJSON || self == .fileRequest }
}

/// A peer of a vector: its document and its ephemeral store.
final class Peer {
    private static let document = Data(repeating: 7, count: 16)
    let name: String
    private let file: String?
    private(set) var doc: Doc
    let ephemeral: EphemeralStore

    init(_ name: String, _ mode: Mode, _ folder: URL, _ number: Int) throws {
        self.name = name
        file = mode.isFile ? folder.appendingPathComponent("\(number).db").path : nil
        doc = try Self.open(name, file, nil)
        ephemeral = try EphemeralStore(EphemeralOptions(peer: name, ttlMs: nil, wallClock: false))
    }

    private static func open(_ name: String, _ file: String?, _ replica: Data?) throws -> Doc {
        if let file { return try Doc(path: file, OpenOptions(peer: name, document: document, durability: .relaxed)) }
        let options = OpenOptions(peer: name, document: document)
        return if let replica { try Doc(decoding: replica, options) } else { try Doc(options) }
    }

    /// Closes the document and opens it again under the same peer id.
    func reopen() throws {
        let replica = file == nil ? try doc.encodeReplica() : nil
        try doc.close()
        doc = try Self.open(name, file, replica)
    }

    /// Everything that a refused call must leave as it was.
    func fingerprint() throws -> [String] {
        var facts = ["\(Array(try doc.digest()))", try doc.syncStateJSON(), "\(try doc.waitingEvents)", "\(try doc.missing())"]
        facts += ["\(try doc.needsFreshPeer)", "\(try ephemeral.entries)", "\(try ephemeral.bytes)"]
        for namespace in try ephemeral.namespaces() { facts += [namespace, try ephemeral.getAllJSON(namespace)] }
        return facts
    }

    /// The events of a commit, as vectors tell them.
    func made(_ commit: Commit) throws -> [JSON] {
        try (0..<UInt64(commit.events)).map { at in
            let id = EventID(peer: try doc.peer, counter: commit.counter + at)
            guard let text = try doc.eventJSON(id), let plain = try doc.event(id) else { throw Difference("the event made is not there") }
            let event = try JSONReader.read(text)
            let lamport = commit.lamport + at
            if event["lamport"]?.numberText != "\(lamport)" || plain.lamport != lamport || plain.id != id {
                throw Difference("a commit says something else than its event")
            }
            return .object(["id", "deps", "lamport"].map { (Text($0), event[$0] ?? .null) })
        }
    }

    func close() {
        try? doc.close()
        try? ephemeral.close()
    }
}

/// What is not as the vector has it.
struct Difference: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension JSON {
    /// A value as JSON tells it.
    init(_ value: Value) {
        self =
            switch value {
            case .null: .null
            case .bool(let value): .bool(value)
            case .int(let value): .number("\(value)")
            case .float(let value): .number("\(value)")
            case .string(let value): .text(value)
            case .bytes(let value): .object([(Text("$bytes"), .text(value.base64EncodedString()))])
            }
    }

    init(_ patch: Patch) {
        var members = [(key: Text("type"), value: JSON.text(patch.type)), (Text("tbl"), .text(patch.table)), (Text("row_id"), .text(patch.rowID))]
        switch patch {
        case .setCell(_, _, let column, let value): members += [(Text("col"), .text(column)), (Text("value"), JSON(value))]
        case .insertRow(_, _, let cells):
            members.append((Text("values"), .list(cells.map { .list([.text($0.column), JSON($0.value)]) })))
        case .deleteRow: break
        }
        self = .object(members)
    }

    init(_ result: MergeResult) {
        self = .object([
            (Text("patches"), .list(result.patches.map(JSON.init))), (Text("applied"), .int(result.applied)),
            (Text("duplicates"), .int(result.duplicates)), (Text("pending"), .int(result.pending)), (Text("rejected"), .int(result.rejected)),
        ])
    }
}
