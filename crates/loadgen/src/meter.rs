//! What processes use, from `/proc` (proc(5)), and who was busy while a measurement ran.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};

/// The kernel counts CPU time for `/proc` in this many ticks a second (`USER_HZ`), on every architecture that Linux runs
/// today's servers on.
const TICKS_PER_SECOND: f64 = 100.0;

/// User and system time of a process with all its threads, in seconds.
pub(crate) fn cpu_seconds(process: u32) -> Result<f64> {
    let path = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    parse_cpu_ticks(&stat)
        .map(|ticks| ticks as f64 / TICKS_PER_SECOND)
        .with_context(|| format!("{path} has another form than expected"))
}

/// Fields 14 and 15. The second field is the program's name in brackets and may hold anything, so the count starts
/// behind the last bracket.
fn parse_cpu_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Memory of a process that is in RAM (RSS), in bytes.
pub(crate) fn resident_bytes(process: u32) -> Result<u64> {
    status_bytes(process, "VmRSS:")
}

/// The most that it has ever been.
pub(crate) fn peak_resident_bytes(process: u32) -> Result<u64> {
    status_bytes(process, "VmHWM:")
}

fn status_bytes(process: u32, field: &str) -> Result<u64> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.trim().strip_suffix(" kB"));
    let kilobytes = kilobytes.and_then(|number| number.trim().parse::<u64>().ok());
    Ok(kilobytes.with_context(|| format!("{path} has no {field}"))? * 1024)
}

/// How many files this process, and those that it starts, may have open.
pub(crate) fn open_files_limit() -> Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits").context("cannot read /proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    match soft {
        Some("unlimited") => Ok(usize::MAX),
        Some(number) => number.parse().context("a limit is a number"),
        None => anyhow::bail!("/proc/self/limits does not tell how many files may be open"),
    }
}

/// A stretch of time in which a server works for this generator.
pub(crate) struct Meter {
    server: u32,
    started: Instant,
    server_cpu: f64,
    own_cpu: f64,
}

/// What a [`Meter`] saw: shares of one core, so that 1.5 is one and a half cores all the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Usage {
    /// Wall-clock seconds.
    pub(crate) wall: f64,
    /// The server's CPU seconds.
    pub(crate) server_cpu: f64,
    /// The generator's CPU seconds.
    pub(crate) own_cpu: f64,
}

impl Meter {
    pub(crate) fn start(server: u32) -> Result<Self> {
        Ok(Self {
            server,
            started: Instant::now(),
            server_cpu: cpu_seconds(server)?,
            own_cpu: cpu_seconds(std::process::id())?,
        })
    }

    pub(crate) fn stop(self) -> Result<Usage> {
        Ok(Usage {
            wall: self.started.elapsed().as_secs_f64(),
            server_cpu: cpu_seconds(self.server)? - self.server_cpu,
            own_cpu: cpu_seconds(std::process::id())? - self.own_cpu,
        })
    }
}

/// Who set the pace of a load that goes as fast as it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// The server: it is what the load was meant to find the limit of.
    Server,
    /// The generator: it used more CPU than the server, which had some to spare.
    Generator,
    /// Neither: most of the machine's CPU went to other programs.
    Others,
}

impl Usage {
    /// Who set the pace, on a machine of so many cores.
    pub(crate) fn pace(&self, cores: f64) -> Pace {
        if self.server_cpu >= 0.85 * self.wall {
            Pace::Server
        } else if self.server_cpu + self.own_cpu < 0.5 * cores * self.wall {
            Pace::Others
        } else if self.own_cpu > self.server_cpu {
            Pace::Generator
        } else {
            Pace::Server
        }
    }

    /// Cores used, for the report.
    pub(crate) fn describe(&self) -> String {
        let share = |cpu: f64| cpu / self.wall;
        format!(
            "server {:.2} cores, generator {:.2} cores",
            share(self.server_cpu),
            share(self.own_cpu)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_a_name_with_brackets_and_spaces() {
        let stat = "42 (a) R (x) S 1 42 42 0 -1 4194560 100 0 0 0 1234 66 7 8 20 0 11 0 300 1 2";
        assert_eq!(parse_cpu_ticks(stat), Some(1_300));
        assert_eq!(parse_cpu_ticks("42 (cut"), None);
        assert_eq!(parse_cpu_ticks("42 (cut) S 1 2"), None);
    }

    #[test]
    fn this_process_can_be_read() {
        let own = std::process::id();
        assert!(resident_bytes(own).unwrap() > 100_000);
        assert!(peak_resident_bytes(own).unwrap() > 100_000);
        assert!(cpu_seconds(own).unwrap() >= 0.0);
        assert!(open_files_limit().unwrap() > 3);
    }

    #[test]
    fn the_pace_is_set_by_whoever_is_busy() {
        let pace = |server_cpu, own_cpu| {
            let usage = Usage {
                wall: 10.0,
                server_cpu,
                own_cpu,
            };
            usage.pace(2.0)
        };
        assert_eq!(pace(9.9, 10.0), Pace::Server);
        assert_eq!(pace(8.0, 7.0), Pace::Server);
        assert_eq!(pace(6.0, 12.0), Pace::Generator);
        assert_eq!(pace(2.0, 3.0), Pace::Others);
    }
}
