internal import ConvergeFFI

/// Where tasks wait until a reader of changes has something to read. The library rings it from the thread that writes.
final class News: ConvergeFFI.Waker, Sendable {
    private let state = Locked<(rang: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    /// Lets go on who waits; whoever comes next does not wait.
    func wake() {
        let waiting = state.with { state in
            defer { state = (state.waiting.isEmpty, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns once it rang, or the task is cancelled. It may return for nothing: look, and wait again.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let rang = state.with { state in
                    defer { state.rang = false }
                    if !state.rang { state.waiting.append(continuation) }
                    return state.rang
                }
                if rang || Task.isCancelled { rang ? continuation.resume() : wake() }
            }
        } onCancel: {
            wake()
        }
    }

    /// The same, but at most for so long.
    func wait(atMost duration: Duration) async {
        let timer = Task { [self] in
            if (try? await Task.sleep(for: duration)) != nil { wake() }
        }
        await wait()
        timer.cancel()
    }
}
