import Foundation
import Testing

@testable import ConvergeDB

/// The error that a call throws, which has to be one of the package's.
func failure(of call: () throws -> some Any) -> ConvergeError? {
    do {
        _ = try call()
        return nil
    } catch let error as ConvergeError {
        return error
    } catch {
        Issue.record("\(error) is no ConvergeError")
        return nil
    }
}

/// Runs a test with an empty folder, which is gone afterwards.
func withFolder<T>(in place: URL = FileManager.default.temporaryDirectory, _ body: (URL) async throws -> T) async throws -> T {
    let folder = place.appendingPathComponent("converge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

extension URL {
    /// The path of a file in this folder.
    func file(_ name: String) -> String { appendingPathComponent(name).path }
}

/// A document with one row, and what it looks like.
func oneRow() throws -> Doc {
    let doc = try Doc()
    try doc.insert("1", into: "t", ["a": 0])
    return doc
}

struct Todo: Codable, Hashable, Identifiable {
    var id: String
    var title: String
    var done = false
    var note: String?
}
