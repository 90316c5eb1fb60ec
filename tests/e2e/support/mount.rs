//! A disk that can be full or read-only.

use std::path::PathBuf;
use std::process::Command;

/// A small file system of its own, unmounted in the end.
pub struct Mount(PathBuf);

impl Mount {
    /// None where this account may not mount.
    #[allow(clippy::print_stderr, reason = "a test that did not run must say so")]
    pub fn small(at: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir(&at).expect("made");
        let options = format!("size={size}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at));
        }
        eprintln!("SKIPPED: this account may not mount a small file system; run the test as root");
        None
    }

    /// A folder that stays as it is and cannot be written.
    #[allow(clippy::print_stderr, reason = "a test that did not run must say so")]
    pub fn read_only(at: PathBuf) -> Option<Self> {
        let mounted = Command::new("mount").arg("--bind").args([&at, &at]).output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: this account may not mount a folder; run the test as root");
            return None;
        }
        let mount = Self(at);
        mount.remount("bind,ro");
        Some(mount)
    }

    pub fn remount(&self, options: &str) {
        let status =
            Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.0).status();
        assert!(status.expect("mount runs").success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
