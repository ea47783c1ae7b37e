import ConvergeDB
import Foundation

/// Runs the conformance vectors through the Swift API, each in every mode, and prints one line for each that fails.
///
/// The vectors are the *.json of the folder that CONVERGE_VECTORS names, or of `../tests/vectors`. The last line is `N passed, N failed`;
/// the exit code is 0 when all passed and there was at least one.
@main
struct Main {
    static func main() throws {
        let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["CONVERGE_VECTORS"] ?? "../tests/vectors")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        var (passed, failed) = (0, 0)
        for file in files.filter({ $0.pathExtension == "json" }).sorted(by: { $0.path < $1.path }) {
            let failures = Mode.allCases.compactMap { run(file, $0) }
            for failure in failures { print("FAILED \(file.deletingPathExtension().lastPathComponent): \(failure)") }
            if failures.isEmpty { passed += 1 } else { failed += 1 }
        }
        print("\(passed) passed, \(failed) failed")
        exit(passed > 0 && failed == 0 ? 0 : 1)
    }

    /// What went wrong in one mode, in one line.
    static func run(_ file: URL, _ mode: Mode) -> String? {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("converge-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let vector = try JSONReader.read(String(decoding: Data(contentsOf: file), as: UTF8.self))
            if vector["format"]?.numberText != "1" { return "this runner knows format 1 alone" }
            let world = try World(vector, mode, folder)
            defer { world.close() }
            for (number, step) in (vector["steps"]?.list ?? []).enumerated() {
                do {
                    try world.take(step)
                } catch {
                    return "[\(mode.rawValue)] step \(number) (\(step["do"]?.string ?? "?")): \(error)"
                }
            }
            return nil
        } catch {
            return "[\(mode.rawValue)] \(error)"
        }
    }
}
