//! Files as sox and lame write them. Both are Debian packages, installed by `make test`.

#![allow(dead_code, reason = "each user takes its part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own, removed at the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("offhook-audio-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a new folder");
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("its own folder");
    }
}

pub fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}, which `make test` installs: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

pub fn text(path: &Path) -> &str {
    path.as_os_str().to_str().expect("plain names")
}

/// Samples as a file of sox: `options` before the name, `effects` behind it.
pub fn sox(samples: &[i16], rate_hz: u32, name: &str, options: &str, effects: &str) -> Vec<u8> {
    let folder = Folder::new();
    let (raw, out) = (folder.path("in.raw"), folder.path(name));
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    fs::write(&raw, bytes).expect("written");
    let rate = rate_hz.to_string();
    let mut arguments =
        vec!["-D", "-t", "raw", "-e", "signed", "-b", "16", "-r", &rate, "-c", "1", text(&raw)];
    arguments.extend(options.split_whitespace());
    arguments.push(text(&out));
    arguments.extend(effects.split_whitespace());
    run("sox", &arguments);
    fs::read(&out).expect("sox wrote it")
}

/// Samples as an MP3 of lame.
pub fn lame(samples: &[i16], rate_hz: u32, options: &str) -> Vec<u8> {
    let folder = Folder::new();
    let (wav, out) = (folder.path("in.wav"), folder.path("out.mp3"));
    fs::write(&wav, sox(samples, rate_hz, "in.wav", "-c 2", "")).expect("written");
    let mut arguments = vec!["--quiet"];
    arguments.extend(options.split_whitespace());
    arguments.extend([text(&wav), text(&out)]);
    run("lame", &arguments);
    fs::read(&out).expect("lame wrote it")
}
