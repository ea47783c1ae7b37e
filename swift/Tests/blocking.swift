// What blocks its thread, or belongs to one, may not be called in `async` code: each line but the last two is an error.
import ConvergeDB

func blocking(_ doc: Doc, _ changes: Changes, _ presence: EphemeralChanges) async throws {
    _ = try changes.wait(timeoutMs: 1)
    _ = try presence.wait()
    _ = try doc.begin()
    _ = try await changes.next()
    try doc.transaction { try $0.insert("1", into: "t", [:]) }
}
