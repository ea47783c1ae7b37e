import Foundation
internal import converge_uniffi

/// Writes rows into one buffer, as `bindings/uniffi/src/packed.rs` describes it.
final class PackedWriter {
    private static let bytesMax = Int(Int32.max) / 2

    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var count = 0
    private var isFull = false

    deinit {
        free(base)
    }

    /// Room for `more` bytes: where they go, or nothing once the buffer is as large as a call carries.
    @inline(__always)
    private func room(_ more: Int) -> UnsafeMutableRawPointer? {
        if count + more > capacity { grow(count + more) }
        guard !isFull, let base else { return nil }
        let at = base + count
        count += more
        return at
    }

    private func grow(_ wanted: Int) {
        // A single call takes one step, many rows few.
        let larger = Swift.max(wanted, capacity < 1 << 20 ? capacity * 4 : capacity * 2, 128)
        guard wanted <= Self.bytesMax, let grown = realloc(base, larger) else {
            isFull = true
            return
        }
        (base, capacity) = (grown, larger)
    }

    func put(count: Int) {
        room(4)?.storeBytes(of: UInt32(truncatingIfNeeded: count).littleEndian, as: UInt32.self)
    }

    private func put(_ bytes: UnsafeRawBufferPointer) {
        guard let at = room(4 + bytes.count) else { return }
        at.storeBytes(of: UInt32(truncatingIfNeeded: bytes.count).littleEndian, as: UInt32.self)
        if let from = bytes.baseAddress { (at + 4).copyMemory(from: from, byteCount: bytes.count) }
    }

    func put(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    private func put(tag: UInt8) {
        room(1)?.storeBytes(of: tag, as: UInt8.self)
    }

    private func put(tag: UInt8, bits: UInt64) {
        guard let at = room(9) else { return }
        at.storeBytes(of: tag, as: UInt8.self)
        (at + 1).storeBytes(of: bits.littleEndian, as: UInt64.self)
    }

    func put(_ value: Value) {
        switch value {
        case .null: put(tag: 0)
        case .bool(let value): put(tag: value ? 2 : 1)
        case .int(let value): put(tag: 3, bits: UInt64(bitPattern: value))
        case .float(let value): put(tag: 4, bits: value.bitPattern)
        case .string(let value):
            put(tag: 5)
            put(value)
        case .bytes(let value):
            put(tag: 6)
            value.withUnsafeBytes { put($0) }
        }
    }

    /// Names, one after the other, for a call that takes no more.
    convenience init(_ table: String, _ rowID: String) {
        self.init()
        put(table)
        put(rowID)
    }

    /// The names of a cell, for a call that takes no more.
    convenience init(_ table: String, _ rowID: String, _ column: String) {
        self.init(table, rowID)
        put(column)
    }

    /// A row and its table, for a call that takes no more.
    convenience init(_ table: String, _ rowID: String, _ cells: [String: Value]) {
        self.init()
        put(table)
        put(rowID, cells)
    }

    /// The same of cells in an order.
    convenience init(_ table: String, _ rowID: String, _ cells: [Cell]) {
        self.init()
        put(table)
        put(rowID, cells)
    }

    func put(_ rowID: String, _ cells: [String: Value]) {
        put(rowID)
        put(count: cells.count)
        for (column, value) in cells {
            put(column)
            put(value)
        }
    }

    func put(_ rowID: String, _ cells: [Cell]) {
        put(rowID)
        put(count: cells.count)
        for cell in cells {
            put(cell.column)
            put(cell.value)
        }
    }

    private func check() throws(ConvergeError) {
        if isFull {
            let limit = Self.bytesMax
            throw .limitExceeded(.init("what one call takes is more than \(limit) bytes", limit: UInt64(limit)))
        }
    }

    /// What was written, for a call that reads it while the writer lives.
    func borrowed() throws(ConvergeError) -> ForeignBytes {
        try check()
        return ForeignBytes(len: Int32(count), data: base?.assumingMemoryBound(to: UInt8.self))
    }

    /// What was written, which the data owns from now on.
    func finish() throws(ConvergeError) -> Data {
        try check()
        guard let base else { return Data() }
        self.base = nil
        return Data(bytesNoCopy: base, count: count, deallocator: .free)
    }
}

/// Reads rows from one buffer.
struct PackedReader {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// All rows of a buffer.
    static func rows(_ packed: Data) throws(ConvergeError) -> [Row] {
        try translating {
            try packed.withUnsafeBytes { bytes in
                var reader = PackedReader(bytes)
                var rows = [Row]()
                while reader.at < bytes.count {
                    let id = try reader.text()
                    rows.append(Row(id: id, cells: try reader.cellsByColumn()))
                }
                return rows
            }
        }
    }

    @inline(__always)
    private mutating func take(_ count: Int) throws(ConvergeError) -> Int {
        let from = at
        if count > bytes.count - from { throw .internal(.init("the library gave a buffer of rows that ends inside a row")) }
        at = from + count
        return from
    }

    @inline(__always)
    private mutating func count() throws(ConvergeError) -> Int {
        Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: try take(4), as: UInt32.self)))
    }

    @inline(__always)
    private mutating func bits() throws(ConvergeError) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: try take(8), as: UInt64.self))
    }

    private mutating func slice() throws(ConvergeError) -> UnsafeRawBufferPointer {
        let length = try count()
        let from = try take(length)
        return UnsafeRawBufferPointer(rebasing: bytes[from..<from + length])
    }

    private mutating func text() throws(ConvergeError) -> String {
        String(decoding: try slice(), as: UTF8.self)
    }

    mutating func cellsByColumn() throws(ConvergeError) -> [String: Value] {
        let count = try count()
        var cells = [String: Value](minimumCapacity: count)
        for _ in 0..<count {
            let column = try text()
            cells[column] = try value()
        }
        return cells
    }

    mutating func value() throws(ConvergeError) -> Value {
        let tag = bytes[try take(1)]
        switch tag {
        case 0: return .null
        case 1: return .bool(false)
        case 2: return .bool(true)
        case 3: return .int(Int64(bitPattern: try bits()))
        case 4: return .float(Double(bitPattern: try bits()))
        case 5: return .string(try text())
        case 6: return .bytes(Data(try slice()))
        default: throw .internal(.init("the library gave a packed value with the tag \(tag)"))
        }
    }
}
