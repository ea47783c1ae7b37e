import Foundation
internal import ConvergeFFI

/// Makes whatever a call of the library throws a ``ConvergeError``.
@inline(__always)
func translating<T>(_ call: () throws -> T) throws(ConvergeError) -> T {
    do {
        return try call()
    } catch {
        throw ConvergeError(error)
    }
}

extension ConvergeError {
    /// What generated code throws: an error of the engine, or one of its own kind when a panic came through it.
    init(_ error: any Error) {
        switch error {
        case let error as ConvergeError:
            self = error
        case ConvergeFFI.Failure.Failed(let number, let name, let text, let eventId, let peer, let limit, let offset, let path):
            let eventID = eventId.map(EventID.init)
            let details = Details(text, eventID: eventID, peer: peer, limit: limit, offset: offset, path: path)
            self = ConvergeError(number: Int(number), name: name, details)
        default:
            self = .internal(Details("a panic inside was caught: \(error.localizedDescription)"))
        }
    }
}

/// What a call can carry at most. The engine's own bounds are far below, but generated code ends the process beyond it.
private let callBytesMax = Int(Int32.max) / 2

/// Refuses what no call can carry.
func fits(bytes: Int) throws(ConvergeError) {
    if bytes > callBytesMax {
        throw .limitExceeded(.init("a call carries at most \(callBytesMax) bytes, and this one has \(bytes)", limit: UInt64(callBytesMax)))
    }
}

/// The same text, if a call can carry it.
@inline(__always)
func fits(_ text: String) throws(ConvergeError) -> String {
    try fits(bytes: text.utf8.count)
    return text
}

/// The same texts, if a call can carry them.
func fits(_ texts: [String]) throws(ConvergeError) -> [String] {
    try fits(bytes: texts.reduce(0) { $0 + $1.utf8.count + 4 })
    return texts
}

/// The same bytes, if a call can carry them.
func fits(_ bytes: Data) throws(ConvergeError) -> Data {
    try fits(bytes: bytes.count)
    return bytes
}

/// A number that counts things.
func natural(_ number: Int, _ what: String) throws(ConvergeError) -> UInt64 {
    guard let count = UInt64(exactly: number) else { throw .invalidArgument(.init("\(what) is \(number), and cannot be negative")) }
    return count
}

/// A number that counts things, if it is given.
func natural(_ number: Int?, _ what: String) throws(ConvergeError) -> UInt64? {
    guard let number else { return nil }
    return try natural(number, what) as UInt64
}
