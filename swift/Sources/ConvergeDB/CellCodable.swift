import Foundation

/// What one cell holds directly, without asking the value how it is encoded.
protocol CellCodable {
    /// The cell; `nil` where none can hold it.
    var cell: Value? { get }
    /// What a cell holds; `nil` where it is something else.
    init?(cell: Value)
}

extension Value: CellCodable {
    var cell: Value? { self }
    init?(cell: Value) { self = cell }
}

extension Bool: CellCodable {
    var cell: Value? { .bool(self) }
    init?(cell: Value) {
        guard case .bool(let value) = cell else { return nil }
        self = value
    }
}

extension String: CellCodable {
    var cell: Value? { .string(self) }
    init?(cell: Value) {
        guard case .string(let value) = cell else { return nil }
        self = value
    }
}

extension CellCodable where Self: FixedWidthInteger {
    var cell: Value? { Int64(exactly: self).map(Value.int) }
    init?(cell: Value) {
        guard case .int(let value) = cell else { return nil }
        self.init(exactly: value)
    }
}

extension Int: CellCodable {}
extension Int8: CellCodable {}
extension Int16: CellCodable {}
extension Int32: CellCodable {}
extension Int64: CellCodable {}
extension UInt: CellCodable {}
extension UInt8: CellCodable {}
extension UInt16: CellCodable {}
extension UInt32: CellCodable {}
extension UInt64: CellCodable {}

extension Double: CellCodable {
    var cell: Value? { .float(self) }
    // Others write whole numbers as Ints; what a Double holds exactly is taken.
    init?(cell: Value) {
        switch cell {
        case .float(let value): self = value
        case .int(let value): self.init(exactly: value)
        default: return nil
        }
    }
}

extension Float: CellCodable {
    var cell: Value? { .float(Double(self)) }
    // What others wrote as 0.1 is no `Float`: the nearest one is taken, if there is one.
    init?(cell: Value) {
        switch cell {
        case .float(let value):
            self.init(value)
            if !isFinite { return nil }
        case .int(let value): self.init(exactly: value)
        default: return nil
        }
    }
}

extension Data: CellCodable {
    var cell: Value? { .bytes(self) }
    init?(cell: Value) {
        guard case .bytes(let value) = cell else { return nil }
        self = value
    }
}

extension Date: CellCodable {
    // Whole milliseconds since the Unix epoch, as all times of converge.
    var cell: Value? { Int64(exactly: (timeIntervalSince1970 * 1000).rounded()).map(Value.int) }
    init?(cell: Value) {
        guard let ms = Double(cell: cell) else { return nil }
        self.init(timeIntervalSince1970: ms / 1000)
    }
}

extension URL: CellCodable {
    var cell: Value? { .string(absoluteString) }
    init?(cell: Value) {
        guard case .string(let value) = cell else { return nil }
        self.init(string: value)
    }
}
