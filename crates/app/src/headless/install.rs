//! What makes a system run the agent: a systemd unit, a launchd property list, a PowerShell script. Each says in its
//! first lines where it goes and how it is switched on. Pure text.

use std::path::{Path, PathBuf};

use super::{AgentConfig, Server};

/// Which system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux.
    Systemd,
    /// macOS.
    Launchd,
    /// Windows.
    Windows,
}

impl System {
    /// This one's.
    pub fn here() -> Self {
        match std::env::consts::OS {
            "macos" => Self::Launchd,
            "windows" => Self::Windows,
            _ => Self::Systemd,
        }
    }
}

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// The program, whole path.
    pub program: &'a Path,
    /// The configuration file, whole path.
    pub config: &'a Path,
}

/// The text for a system. `writes` are the folders the agent must be able to write to.
pub fn text(system: System, program: Program<'_>, writes: &[PathBuf]) -> String {
    match system {
        System::Systemd => systemd(program, writes),
        System::Launchd => launchd(program),
        System::Windows => windows(program),
    }
}

/// Folders that an agent of this configuration writes to: its own, those it removes files from, and a local store.
pub fn written_folders(config: &AgentConfig) -> Vec<PathBuf> {
    let own = config.database.parent().map(Path::to_owned);
    let cleaned = config.watches.iter().filter(|watch| watch.delete_after_days.is_some());
    let store = match &config.server {
        Server::Store(url) => match holdfast_storage::StoreUrl::parse(url.expose()) {
            Ok((holdfast_storage::StoreUrl::Folder(folder), _)) => Some(folder),
            _ => None,
        },
        Server::Gateway(..) => None,
    };
    let mut all: Vec<_> = own.into_iter().chain(cleaned.map(|watch| watch.local_path.clone())).chain(store).collect();
    all.sort();
    all.dedup();
    all
}

/// systemd.service(5), systemd.exec(5); quoting as systemd.syntax(7) has it.
fn systemd(Program { program, config }: Program<'_>, writes: &[PathBuf]) -> String {
    let quoted = |path: &Path| {
        let text = path.display().to_string();
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
    };
    let command = |path: &Path| quoted(path).replace('$', "$$");
    let writes: Vec<String> = writes.iter().map(|path| quoted(path)).collect();
    format!(
        "# Save as /etc/systemd/system/holdfast-agent.service, then:
#   systemctl daemon-reload
#   systemctl enable --now holdfast-agent
#   journalctl --unit holdfast-agent --follow
# Variables of the configuration, such as a key, may stand in /etc/holdfast/agent.env (mode 0600, owner root).

[Unit]
Description=Holdfast backup agent
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart={} agent --config {}
EnvironmentFile=-/etc/holdfast/agent.env
Restart=on-failure
RestartSec=30
TimeoutStopSec=120
Nice=10
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
ReadWritePaths={}

[Install]
WantedBy=multi-user.target
",
        command(program),
        command(config),
        writes.join(" ")
    )
}

/// launchd.plist(5)
fn launchd(Program { program, config }: Program<'_>) -> String {
    let text = |path: &Path| {
        let text = path.display().to_string();
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Save as /Library/LaunchDaemons/holdfast.agent.plist (owner root, mode 0644), then:
       sudo launchctl bootstrap system /Library/LaunchDaemons/holdfast.agent.plist
     Give the program full disk access in the system's privacy settings for folders that macOS protects. -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>holdfast.agent</string>
  <key>ProgramArguments</key>
  <array>
    <string>{}</string>
    <string>agent</string>
    <string>--config</string>
    <string>{}</string>
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ProcessType</key>
  <string>Background</string>
  <key>StandardOutPath</key>
  <string>/var/log/holdfast-agent.log</string>
  <key>StandardErrorPath</key>
  <string>/var/log/holdfast-agent.log</string>
</dict>
</plist>
"#,
        text(program),
        text(config)
    )
}

fn windows(Program { program, config }: Program<'_>) -> String {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', "''"));
    format!(
        "# Run in a PowerShell of an administrator. The agent runs from the start of the computer on, without anybody signed
# in, and is started again when it fails. See it with: Get-ScheduledTask 'Holdfast agent'
# Remove it with: Unregister-ScheduledTask 'Holdfast agent'

$config = {}
$action = New-ScheduledTaskAction -Execute {} -Argument ('agent --config \"' + $config + '\"')
$trigger = New-ScheduledTaskTrigger -AtStartup
$settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
  -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
$principal = New-ScheduledTaskPrincipal -UserId 'NT AUTHORITY\\SYSTEM' -LogonType ServiceAccount
Register-ScheduledTask 'Holdfast agent' -Action $action -Trigger $trigger -Settings $settings -Principal $principal
Start-ScheduledTask 'Holdfast agent'
",
        quoted(config),
        quoted(program)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_are_quoted_as_each_system_wants() {
        let (program, config) = (Path::new("/opt/my \"100%\" $tools/holdfast"), Path::new("/etc/a & b's.yaml"));
        let odd = Program { program, config };
        let unit = text(System::Systemd, odd, &["/var/lib/hold fast".into(), "/srv".into()]);
        let start = r#"ExecStart="/opt/my \"100%%\" $$tools/holdfast" agent --config "/etc/a & b's.yaml""#;
        assert!(unit.contains(start), "{unit}");
        assert!(unit.contains("ReadWritePaths=\"/var/lib/hold fast\" \"/srv\"\n"), "{unit}");
        let plist = text(System::Launchd, odd, &[]);
        assert!(plist.contains("<string>/etc/a &amp; b's.yaml</string>"), "{plist}");
        let script = text(System::Windows, odd, &[]);
        assert!(script.contains("$config = '/etc/a & b''s.yaml'"), "{script}");
    }
}
