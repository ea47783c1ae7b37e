internal import ConvergeFFI
internal import converge_uniffi

/// Calls that apps make often, straight to the library: generated code copies every text and every answer several times.
///
/// They speak the binary interface of UniFFI, whose version and checksums generated code compares before the first object is made. Only
/// calls that take one buffer (`packed.rs`) are made this way.
@inline(__always)
func direct<T>(_ packed: PackedWriter, _ call: (ForeignBytes, UnsafeMutablePointer<RustCallStatus>) -> T) throws(ConvergeError) -> T {
    var status = RustCallStatus()
    let answer = call(try packed.borrowed(), &status)
    // The buffer that the call borrowed is the writer's.
    withExtendedLifetime(packed) {}
    if status.code != 0 { throw failure(status) }
    return answer
}

/// What went wrong in a call: an error of the engine, or a panic.
private func failure(_ status: RustCallStatus) -> ConvergeError {
    if status.code == 1 {
        do {
            return ConvergeError(try FfiConverterTypeFailure_lift(status.errorBuf))
        } catch {
            return ConvergeError(error)
        }
    }
    let text = String(decoding: UnsafeBufferPointer(start: status.errorBuf.data, count: Int(status.errorBuf.len)), as: UTF8.self)
    free(status.errorBuf)
    return .internal(.init("a panic inside was caught: \(text)"))
}

private func free(_ buffer: RustBuffer) {
    var status = RustCallStatus()
    ffi_converge_uniffi_rustbuffer_free(buffer, &status)
}

extension Commit {
    /// Reads a commit that the library gave, and frees it.
    init(_ buffer: RustBuffer) throws(ConvergeError) {
        defer { free(buffer) }
        let bytes = UnsafeRawBufferPointer(start: buffer.data, count: Int(buffer.len))
        guard bytes.count == 20 else { throw .internal(.init("the library gave a commit of \(bytes.count) bytes")) }
        counter = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        lamport = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        events = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
    }
}

/// Reads packed bytes that the library gave, if it gave any, and frees them.
@inline(__always)
func reading<T>(_ buffer: RustBuffer, _ read: (inout PackedReader) throws(ConvergeError) -> T) throws(ConvergeError) -> T? {
    defer { free(buffer) }
    let bytes = UnsafeRawBufferPointer(start: buffer.data, count: Int(buffer.len))
    // A byte says whether there is something; four say how long it is.
    guard let first = bytes.first else { throw .internal(.init("the library gave an empty answer")) }
    if first == 0 { return nil }
    guard bytes.count >= 5 else { throw .internal(.init("the library gave an answer of \(bytes.count) bytes")) }
    var reader = PackedReader(UnsafeRawBufferPointer(rebasing: bytes[5...]))
    return try read(&reader)
}
