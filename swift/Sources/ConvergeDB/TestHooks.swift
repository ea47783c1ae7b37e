#if CONVERGE_TEST_HOOKS
    internal import ConvergeFFI

    /// What panics or fails on purpose, for tests with a library that has it. Nothing that is shipped does.
    extension Doc {
        package func panicInside() throws {
            try translating { try ffi.panicInDoc() }
        }

        package static func panicOutside() throws {
            try translating { try ConvergeFFI.panicOutside() }
        }

        package static func fail(with number: Int32) throws {
            try translating { try failWith(number: number) }
        }

        /// The engine's own numbers for what this package has as constants.
        package static var defaults: (changesMax: UInt64, ttlMs: UInt64) { (ConvergeFFI.changesMax(), ConvergeFFI.ephemeralTtlMs()) }

        package static func errorKinds() -> [(number: Int, name: String)] {
            ConvergeFFI.errorKinds().map { (Int($0.number), $0.name) }
        }
    }
#endif
