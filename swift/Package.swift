// swift-tools-version: 6.0
import PackageDescription

// The library below is Rust. On Apple it comes as an XCFramework, made by xcframework.sh on a Mac. Elsewhere it is libconverge_uniffi, in
// the folder that CONVERGE_LIBRARY_DIR names, or where `cargo build --release -p convergedb-uniffi` puts it in a checkout.
let libraryFolder = Context.environment["CONVERGE_LIBRARY_DIR"] ?? "\(Context.packageDirectory)/../target/release"

// Set by the tests alone, for a library with functions that panic on purpose.
let hooks: [SwiftSetting] = Context.environment["CONVERGE_TEST_HOOKS"] == nil ? [] : [.define("CONVERGE_TEST_HOOKS")]

// Swift 6.0's libswiftObservation on Linux asks for a symbol that no library of it has, and that nothing calls.
let observing: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "--allow-shlib-undefined"], .when(platforms: [.linux]))]

#if os(macOS)
let library = Target.binaryTarget(name: "converge_uniffi", path: "converge_uniffi.xcframework")
let linking: [LinkerSetting] = []
#else
let library = Target.systemLibrary(name: "converge_uniffi")
let linking: [LinkerSetting] = [.unsafeFlags(["-L\(libraryFolder)", "-Xlinker", "-rpath", "-Xlinker", libraryFolder])]
#endif

let package = Package(
    name: "ConvergeDB",
    platforms: [.macOS(.v13), .iOS(.v16)],
    products: [.library(name: "ConvergeDB", targets: ["ConvergeDB"])],
    targets: [
        library,
        .target(name: "ConvergeFFI", dependencies: ["converge_uniffi"], swiftSettings: hooks, linkerSettings: linking),
        .target(name: "ConvergeDB", dependencies: ["ConvergeFFI", "converge_uniffi"], swiftSettings: hooks),
        // What is run but not shipped: the conformance vectors, and the figures of the README.
        .executableTarget(name: "vectors", dependencies: ["ConvergeDB"], path: "Tests/Vectors"),
        .executableTarget(name: "speed", dependencies: ["ConvergeDB"], path: "Tests/Speed"),
        .executableTarget(
            name: "todos", dependencies: ["ConvergeDB"], path: "Examples/Todos", exclude: ["expected.txt"], linkerSettings: observing),
        .testTarget(name: "ConvergeDBTests", dependencies: ["ConvergeDB"], swiftSettings: hooks),
    ],
    swiftLanguageModes: [.v6]
)
