import ConvergeDB
import Foundation

/// One vector in one mode: its peers, and the steps that they take.
final class World {
    private let mode: Mode
    private var peers: [(name: Text, peer: Peer)] = []

    init(_ vector: JSON, _ mode: Mode, _ folder: URL) throws {
        self.mode = mode
        for name in vector["peers"]?.list ?? [] {
            guard let name = name.string else { throw Difference("a peer has no name") }
            peers.append((Text(name), try Peer(name, mode, folder, peers.count)))
        }
    }

    func close() {
        for (_, peer) in peers { peer.close() }
    }

    private func peer(_ name: String) throws -> Peer {
        guard let peer = peers.first(where: { $0.name == Text(name) })?.peer else { throw Difference("there is no peer \(name)") }
        return peer
    }

    /// Takes a step, and throws what is not as it has to be.
    func take(_ step: JSON) throws {
        let action = try step.string("do")
        let peer = try peer(step["to"]?.string ?? step.string("at"))
        let before = try peer.fingerprint()
        let wanted = step["error"]?.string
        let given: JSON
        do {
            given = try call(action, peer, step)
        } catch let error as ConvergeError {
            if wanted != error.name { throw Difference("expected \(wanted ?? "no error"), got \(error)") }
            if try peer.fingerprint() != before { throw Difference("it failed, but changed something: \(error)") }
            return try peer.doc.check()
        }
        try peer.doc.check()
        if let wanted { throw Difference("expected the error \(wanted), got \(given.text)") }
        let expected = step["expect"] ?? .null
        if !expected.equals(given, timestamps: action.hasPrefix("ephemeral")) {
            throw Difference("expected \(expected.text.prefix(300)), got \(given.text.prefix(300))")
        }
    }

    private func call(_ action: String, _ peer: Peer, _ step: JSON) throws -> JSON {
        let doc = peer.doc
        switch action {
        case "insert":
            return try peer.made(
                doc.insertJSON(step.string("row_id"), into: step.string("tbl"), step["values"]?.text ?? ""))[0]
        case "update":
            return try peer.made(
                doc.updateJSON(
                    step.string("row_id"), in: step.string("tbl"), set: step.string("col"), to: step["value"]?.text ?? ""))[0]
        case "delete": return try peer.made(doc.delete(step.string("row_id"), from: step.string("tbl")))[0]
        case "transaction":
            return .list(try peer.made(doc.applyJSON(step["ops"]?.text ?? "", at: step["at_ms"]?.numberText.flatMap { Int64($0) })))
        case "sync": return try sync(doc, self.peer(step.string("from")).doc)
        case "deliver": return JSON(try doc.mergeJSON(step.string("runs")))
        case "state": return try state(doc)
        case "sync_state": return try JSONReader.read(doc.syncStateJSON())
        case "get_pending": return try pending(doc, step["known"]?.text ?? "")
        case "reopen":
            try peer.reopen()
            return .null
        case "insert_as_fresh_peer":
            let commit = try doc.insertJSON(step.string("row_id"), into: step.string("tbl"), step["values"]?.text ?? "")
            if Text(try doc.peer) == Text(peer.name) { throw Difference("the insert went on under the peer id as named") }
            return .object([(Text("counter"), .int(commit.counter))])
        default: return try ephemeral(action, peer.ephemeral, step)
        }
    }

    private func ephemeral(_ action: String, _ store: EphemeralStore, _ step: JSON) throws -> JSON {
        let timestamp = step["timestamp"]?.numberText.flatMap { Double($0) }
        switch action {
        case "ephemeral_set":
            let value = step["value"]?.text ?? ""
            let stored = try store.setJSON(step.string("key"), in: step.string("ns"), to: value, timestamp: timestamp)
            return .object([(Text("stored"), .bool(stored))])
        case "ephemeral_remove":
            let stored = try store.remove(step.string("key"), from: step.string("ns"), timestamp: timestamp)
            return .object([(Text("stored"), .bool(stored))])
        case "ephemeral_merge": return try JSONReader.read(store.mergeJSON(step.string("entries")))
        case "ephemeral_get_all": return try JSONReader.read(store.getAllJSON(step.string("ns")))
        default: throw Difference("this runner does not know the step")
        }
    }

    private func sync(_ to: Doc, _ from: Doc) throws -> JSON {
        switch mode {
        case .memoryJSON, .fileJSON:
            let known = try JSONReader.read(to.syncStateJSON())["versions"]?.text ?? "{}"
            let page = try from.getPendingJSON(for: known)
            if page.hasMore { throw Difference("a vector fits into one page") }
            return JSON(try to.mergeJSON(page.runs))
        case .memoryPlain:
            let page = try from.getPendingRuns(for: to.versions())
            if page.hasMore { throw Difference("a vector fits into one page") }
            return JSON(try to.mergeRemote(page.runs))
        case .memoryBytes, .fileRequest:
            let page = try mode == .fileRequest ? from.getPending(request: to.encodeRequest()) : from.getPending(for: to.versions())
            if page.hasMore { throw Difference("a vector fits into one page") }
            return JSON(try to.mergeRemote(page.bytes))
        }
    }

    private func state(_ doc: Doc) throws -> JSON {
        let rows = try JSONReader.read(doc.rowsJSON())
        let tables = try doc.tables().map { table in
            let rows = try doc.rows(table).map { row in
                let cells = try doc.cells(of: row.id, in: table) ?? []
                if cells.byColumn != row.cells { throw Difference("row and cells differ") }
                return (key: Text(row.id), value: JSON.object(cells.map { (Text($0.column), JSON($0.value)) }))
            }
            return (key: Text(table), value: JSON.object(rows))
        }
        if !rows.equals(.object(tables), timestamps: false) { throw Difference("the plain form and the JSON form tell other rows") }
        let digest = try doc.digest().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return .object([(Text("rows"), rows), (Text("digest"), .text(digest))])
    }

    private func pending(_ doc: Doc, _ known: String) throws -> JSON {
        let page = try doc.getPendingJSON(for: known)
        if page.hasMore { throw Difference("a vector fits into one page") }
        var ids: [(peer: Text, counter: UInt64)] = []
        for run in try JSONReader.read(page.runs).list ?? [] {
            let start = run["counter_start"]?.numberText.flatMap { UInt64($0) } ?? 0
            let peer = Text(try run.string("peer"))
            ids += (run["ops"]?.list ?? []).indices.map { (peer, start + UInt64($0)) }
        }
        ids.sort { $0.peer == $1.peer ? $0.counter < $1.counter : $0.peer < $1.peer }
        return .object([(Text("ids"), .list(ids.map { .list([.string($0.peer), .int($0.counter)]) }))])
    }
}
