use std::fmt::Write;
use std::time::Instant;

fn status(field: &str) -> f64 {
    let s = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    s.lines().find(|l| l.starts_with(field)).and_then(|l| l.split_whitespace().nth(1)?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
pub fn rss_mb() -> f64 {
    status("VmRSS:")
}
pub fn peak_mb() -> f64 {
    status("VmHWM:")
}
/// Give freed memory back and restart the peak counter.
pub fn reset_peak() {
    unsafe {
        libc::malloc_trim(0);
    }
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
/// Process CPU time. On a shared machine it is far steadier than wall time, and every engine
/// in W1-W8 is single-threaded and does no I/O, so on an idle core the two are the same.
pub struct Cpu(f64);
impl Cpu {
    fn read() -> f64 {
        let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
        t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
    }
    pub fn now() -> Self {
        Cpu(Self::read())
    }
    pub fn secs(&self) -> f64 {
        Self::read() - self.0
    }
}
/// CPU seconds of `f`.
pub fn time<T>(f: impl FnOnce() -> T) -> (T, f64) {
    let t = Cpu::now();
    let r = std::hint::black_box(f());
    (r, t.secs())
}
/// Wall seconds of `f`: for durable commits, where waiting is the cost.
pub fn time_wall<T>(f: impl FnOnce() -> T) -> (T, f64) {
    let t = Instant::now();
    let r = std::hint::black_box(f());
    (r, t.elapsed().as_secs_f64())
}
pub fn med(mut v: Vec<f64>) -> f64 {
    v.sort_by(|a, b| a.total_cmp(b));
    v[v.len() / 2]
}

/// One JSON object, printed on one line.
pub struct Out(String);
impl Out {
    pub fn new(engine: &str, workload: &str, n: usize) -> Self {
        Out(format!("{{\"engine\":\"{engine}\",\"workload\":\"{workload}\",\"n\":{n}"))
    }
    pub fn num(mut self, k: &str, v: f64) -> Self {
        if v.abs() >= 1000.0 || v.fract() == 0.0 {
            write!(self.0, ",\"{k}\":{v:.0}").unwrap()
        } else {
            write!(self.0, ",\"{k}\":{v:.3}").unwrap()
        }
        self
    }
    pub fn str(mut self, k: &str, v: &str) -> Self {
        write!(self.0, ",\"{k}\":\"{v}\"").unwrap();
        self
    }
    /// The headline: ops and seconds.
    pub fn rate(self, ops: usize, secs: f64) -> Self {
        self.num("ops_per_s", ops as f64 / secs).num("ns_per_op", secs * 1e9 / ops as f64).num("ms", secs * 1e3)
    }
    pub fn mem(self, base_mb: f64) -> Self {
        let (now, peak) = (rss_mb(), peak_mb());
        self.num("rss_mb", now - base_mb).num("peak_rss_mb", peak)
    }
    pub fn print(self) {
        println!("{}}}", self.0)
    }
}
