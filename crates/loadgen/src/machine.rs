//! What the numbers were measured on.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::meter;

/// One line each, for the report.
pub(crate) fn describe(parlour: Option<&Path>, reference: Option<&Path>) -> Vec<String> {
    let mut lines = vec![
        format!("{} × {}", cores(), cpu_model()),
        format!("{} of memory, {} open files", memory(), open_files()),
        format!(
            "{} {}",
            first_line("/proc/sys/kernel/ostype"),
            first_line("/proc/sys/kernel/osrelease")
        ),
        format!("load average at the start: {}", load()),
        format!(
            "loadgen {}, {}",
            env!("CARGO_PKG_VERSION"),
            version_of(Path::new("rustc"))
        ),
    ];
    if let Some(binary) = parlour {
        lines.push(version_of(binary));
    }
    if let Some(folder) = reference {
        let packages = ["socket.io", "engine.io", "ws", "peer", "peerjs"];
        let versions = packages.map(|name| format!("{name} {}", package_version(folder, name)));
        lines.push(format!(
            "reference: Node {}, {}",
            version_of(Path::new("node")),
            versions.join(", ")
        ));
    }
    lines
}

fn first_line(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").trim().to_owned()
}

/// Cores that programs may use; 1 where the system does not tell.
pub(crate) fn cores() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64)
}

fn value_of(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn cpu_model() -> String {
    value_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into())
}

fn memory() -> String {
    let total = value_of("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    total.map_or_else(
        || "unknown".into(),
        |kilobytes| format!("{:.0} GiB", kilobytes / 1024.0 / 1024.0),
    )
}

fn open_files() -> String {
    meter::open_files_limit().map_or_else(|_| "unknown".into(), |limit| format!("at most {limit}"))
}

fn load() -> String {
    let averages = first_line("/proc/loadavg");
    averages.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// A sentence for the report when other programs keep the machine busy: then times mean little.
pub(crate) fn is_busy() -> Option<String> {
    let load: f64 = first_line("/proc/loadavg").split(' ').next()?.parse().ok()?;
    let cores = cores();
    (load > cores / 2.0).then(|| {
        format!(
            "The machine was busy with other things: a load of {load:.1} on {cores} cores before anything was measured."
        )
    })
}

fn version_of(program: &Path) -> String {
    let output = Command::new(program).arg("--version").output().ok();
    let text = output
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_default();
    text.lines().next().unwrap_or("unknown").trim().to_owned()
}

fn package_version(folder: &Path, package: &str) -> String {
    let manifest = folder.join("node_modules").join(package).join("package.json");
    let manifest = fs::read(manifest)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let manifest: serde_json::Value = manifest.unwrap_or_default();
    manifest["version"].as_str().unwrap_or("unknown").to_owned()
}
