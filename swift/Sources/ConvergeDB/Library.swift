internal import converge_uniffi

/// The library that was loaded, and this package's own version.
public enum Library {
    /// The version of this package.
    public static let packageVersion = "0.1.0"

    /// The binary interface that this package speaks: 0 until 1.0.
    static let packageInterface: UInt32 = 0

    /// The version of the library that was loaded, if it says one.
    public static let version: String? = {
        var status = RustCallStatus()
        let buffer = uniffi_converge_uniffi_fn_func_version(&status)
        guard status.code == 0 else { return nil }
        let version = buffer.data.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(buffer.len)), as: UTF8.self) }
        ffi_converge_uniffi_rustbuffer_free(buffer, &status)
        return version
    }()

    // Asked without generated code, which ends the process when it meets another interface than its own.
    private static let check: ConvergeError? = {
        var status = RustCallStatus()
        let interface = uniffi_converge_uniffi_fn_func_abi_version(&status)
        return mismatch(version: version ?? "unknown", interface: interface)
    }()

    /// Why a library cannot serve this package, if it cannot.
    static func mismatch(version: String, interface: UInt32) -> ConvergeError? {
        if version == packageVersion && interface == packageInterface { return nil }
        return .unsupportedVersion(
            .init(
                "the library libconverge_uniffi is version \(version) (interface \(interface)), and the package ConvergeDB is version "
                    + "\(packageVersion) (interface \(packageInterface)): use the library of the same version"))
    }

    /// Refuses a library of another version. Whatever makes the first object calls it.
    @inline(__always)
    static func ready() throws(ConvergeError) {
        if let check { throw check }
    }
}
