//! Which process holds something, in words that another process can check.
//!
//! A process id means nothing on another host, in another container or after a restart of the machine.
//! So it counts only beside the id of the machine's start and of the process namespace; where the
//! system does not tell these, nobody is ever declared dead. Must not know what is held.

use serde::{Deserialize, Serialize};

/// A process, as others can recognise it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    /// The name of its host, for people.
    pub(super) host: String,
    /// Its number there.
    pub(super) pid: u32,
    /// Where and when that number is its own, if the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<Place>,
}

/// What makes a process id unique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The id that the kernel gave itself when it started.
    boot_id: String,
    /// The namespace in which the process has its number: containers have their own.
    pid_namespace: String,
    /// When the process started, in ticks since the kernel did.
    start_ticks: u64,
}

impl Process {
    /// The one that asks.
    pub(super) fn current() -> Self {
        let pid = std::process::id();
        Self { host: host_name(), pid, place: system::place_of(pid) }
    }

    /// Whether it has certainly ended. False where nobody can tell from here.
    pub(super) fn is_gone(&self) -> bool {
        let (Some(theirs), Some(ours)) = (&self.place, system::place_of(std::process::id())) else {
            return false;
        };
        theirs.boot_id == ours.boot_id
            && theirs.pid_namespace == ours.pid_namespace
            && system::is_gone(self.pid, theirs.start_ticks)
    }
}

#[cfg(unix)]
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(target_os = "linux")]
mod system {
    use super::Place;
    use rustix::process::{Pid, test_kill_process};
    use std::fs;
    use std::path::Path;

    /// None if `/proc` is not there, or is that of another namespace.
    pub(super) fn place_of(own_pid: u32) -> Option<Place> {
        let listed = fs::read_link("/proc/self").ok()?;
        if listed != Path::new(&own_pid.to_string()) {
            return None;
        }
        let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
        Some(Place {
            boot_id: fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned(),
            pid_namespace: namespace.to_string_lossy().into_owned(),
            start_ticks: Stat::of(own_pid)?.start_ticks,
        })
    }

    pub(super) fn is_gone(pid: u32, start_ticks: u64) -> bool {
        let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
        // `/proc` may hide the processes of other users; signals tell of all.
        if test_kill_process(number) == Err(rustix::io::Errno::SRCH) {
            return true;
        }
        // One that its parent has not asked about yet still has its number; so may a later one.
        Stat::of(pid).is_some_and(|stat| stat.is_dead() || stat.start_ticks != start_ticks)
    }

    /// What `/proc/<pid>/stat` says, as `proc_pid_stat(5)` has it.
    struct Stat {
        state: String,
        start_ticks: u64,
    }

    impl Stat {
        fn of(pid: u32) -> Option<Self> {
            let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            // The name may hold anything, brackets and spaces included.
            let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
            let (state, start) = (fields.first()?, fields.get(19)?);
            Some(Self { state: (*state).to_owned(), start_ticks: start.parse().ok()? })
        }

        fn is_dead(&self) -> bool {
            matches!(self.state.as_str(), "Z" | "X" | "x")
        }
    }
}

/// Elsewhere nobody tells.
#[cfg(not(target_os = "linux"))]
mod system {
    use super::Place;

    pub(super) fn place_of(_: u32) -> Option<Place> {
        None
    }

    pub(super) fn is_gone(_: u32, _: u64) -> bool {
        false
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    fn sleeper() -> (Child, Process) {
        let child = Command::new("sleep").arg("60").spawn().unwrap();
        let mut process = Process::current();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let ticks = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap();
        process.pid = child.id();
        process.place.as_mut().unwrap().start_ticks = ticks.parse().unwrap();
        (child, process)
    }

    #[test]
    fn a_process_that_lives_is_not_gone() {
        assert!(!Process::current().is_gone());
        let (mut child, process) = sleeper();
        assert!(!process.is_gone());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_killed_process_is_gone_also_before_its_parent_asks() {
        let (mut child, process) = sleeper();
        child.kill().unwrap();
        while !process.is_gone() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(process.is_gone());
    }

    #[test]
    fn a_later_process_with_the_same_number_does_not_stand_for_it() {
        let mut process = Process::current();
        process.place.as_mut().unwrap().start_ticks -= 1;
        assert!(process.is_gone());
    }

    #[test]
    fn nobody_is_declared_dead_elsewhere() {
        let (mut child, process) = sleeper();
        child.kill().unwrap();
        child.wait().unwrap();
        let elsewhere: [fn(&mut Process); 3] = [
            |process| process.place.as_mut().unwrap().boot_id.push('0'),
            |process| process.place.as_mut().unwrap().pid_namespace.push('0'),
            |process| process.place = None,
        ];
        for make in elsewhere {
            let mut process = process.clone();
            make(&mut process);
            assert!(!process.is_gone(), "{process:?}");
        }
    }
}
