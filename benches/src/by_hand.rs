//! A whole launch carried out by hand, as a careful script would: the same files, commands and flags, each process in its turn, looked at
//! every half a millisecond. Nothing is shared, leased, watched or cleaned up after a crash.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fixtured::__command_line::with_ports;
use fixtured::launch::{self, Launch, Process, Step};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, User, geteuid};
use regex::{Captures, Regex};

use crate::{Result, bare, launches, look, running};

/// How often it is looked whether a process is ready.
const PAUSE: Duration = Duration::from_micros(500);

/// How long a whole start may take.
const LONGEST: Duration = Duration::from_secs(120);

/// A daemon that was started by hand. It is ended when this is dropped.
pub struct ByHand<'a> {
    launch: &'a Launch,
    dir: PathBuf,
    /// Where templates are made once, outside of what is measured.
    templates: &'a Path,
    ports: RefCell<BTreeMap<String, u16>>,
    placeholder: Regex,
    children: Vec<(Child, Signal)>,
    until: Instant,
}

/// Carries out the launch in `dir`, which is made, and returns when it is ready.
pub fn start<'a>(launch: &'a Launch, dir: &Path, templates: &'a Path) -> Result<ByHand<'a>> {
    let mut by_hand = ByHand {
        launch,
        dir: dir.into(),
        templates,
        ports: RefCell::new(launch.fixed_ports.clone()),
        placeholder: Regex::new(r"\{([A-Za-z0-9_-]+)(?::([A-Za-z0-9_-]+))?\}")?,
        children: Vec::new(),
        until: Instant::now() + LONGEST,
    };
    by_hand.directory(dir, None)?;
    for (name, user) in &launch.directories {
        by_hand.directory(&by_hand.other(name), user.as_deref())?;
    }
    if let Some(user) = launch
        .processes
        .iter()
        .find_map(|it| it.command.as_root.clone())
        && launch.directories.is_empty()
    {
        own(dir, Some(&user))?;
    }
    launch
        .prepare
        .iter()
        .try_for_each(|step| by_hand.step(step))?;
    let mut pending = Vec::new();
    for process in &launch.processes {
        if !process.concurrent {
            by_hand.all_ready(&mut pending)?;
        }
        process
            .prepare
            .iter()
            .try_for_each(|step| by_hand.step(step))?;
        by_hand.spawn(process)?;
        pending.push(process);
    }
    by_hand.all_ready(&mut pending)?;
    Ok(by_hand)
}

impl ByHand<'_> {
    fn other(&self, name: &str) -> PathBuf {
        let mut path = self.dir.clone().into_os_string();
        path.push(format!("-{name}"));
        path.into()
    }

    fn directory(&self, path: &Path, user: Option<&str>) -> Result<()> {
        fs::create_dir_all(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        own(path, user)
    }

    fn fill(&self, text: &str) -> String {
        let mut text = with_ports(text, &BTreeMap::new());
        // Values speak of each other.
        for _ in 0..4 {
            let filled = self.placeholder.replace_all(&text, |found: &Captures<'_>| {
                let (what, name) = (&found[1], found.get(2).map_or("", |name| name.as_str()));
                match (what, name) {
                    ("dir", "") => self.dir.display().to_string(),
                    ("dir", name) => self.other(name).display().to_string(),
                    ("port", name) => {
                        let mut ports = self.ports.borrow_mut();
                        let port = ports.entry(name.into());
                        let free = || bare::free_port().unwrap_or_default();
                        port.or_insert_with(free).to_string()
                    }
                    ("secret", "") => "5f1d0c7a9b3e42d8a6c4e0f1".into(),
                    (value, "") if self.launch.values.contains_key(value) => {
                        self.launch.values.get(value).cloned().unwrap_or_default()
                    }
                    _ => found[0].to_owned(),
                }
            });
            match filled == text {
                true => break,
                false => text = filled.into_owned(),
            }
        }
        text
    }

    fn step(&self, step: &Step) -> Result<()> {
        match step {
            Step::Write { path, text, .. } => {
                let path = PathBuf::from(self.fill(path));
                let above = path.parent().unwrap_or(Path::new("/"));
                fs::create_dir_all(above)?;
                fs::write(&path, self.fill(text))?;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
                let owner = fs::metadata(above)?;
                Ok(chown(&path, Some(owner.uid()), Some(owner.gid()))?)
            }
            Step::Directory(path) => {
                let path = PathBuf::from(self.fill(path));
                let above = path.parent().unwrap_or(Path::new("/")).to_owned();
                fs::create_dir_all(&path)?;
                let owner = fs::metadata(above)?;
                Ok(chown(&path, Some(owner.uid()), Some(owner.gid()))?)
            }
            Step::Run(command) => {
                let status = self.command(command, Path::new("/dev/null"))?.status()?;
                let failed = || format!("`{}`: {status}", self.fill(&command.program));
                status
                    .success()
                    .then_some(())
                    .ok_or_else(|| failed().into())
            }
            Step::Wait(ready) => self.wait(ready, &self.log("step")),
            Step::Template { into, build, .. } => {
                let name: String = format!("{}-{into}", self.launch.name);
                let made = self.templates.join(name.replace(['/', '{', '}', ':'], "_"));
                if !made.exists() {
                    let text = serde_json::to_string(build)?;
                    let path = made.display().to_string();
                    let steps: Vec<Step> =
                        serde_json::from_str(&text.replace("{template}", &path))?;
                    let above = made.parent().unwrap_or(Path::new("/"));
                    fs::set_permissions(above, fs::Permissions::from_mode(0o777))?;
                    steps.iter().try_for_each(|step| self.step(step))?;
                }
                bare::clone_template(&made, Path::new(&self.fill(into)))
            }
            // What is done over a protocol costs a script a client program, which would not be fair.
            _ => Ok(()),
        }
    }

    fn command(&self, command: &launch::Command, log: &Path) -> Result<Command> {
        let program = self.fill(&command.program);
        let program = launches::program(self.launch, &program)?;
        let cwd = command
            .cwd
            .as_deref()
            .map(|cwd| self.fill(&cwd.to_string_lossy()));
        let cwd = cwd.map_or_else(|| self.dir.clone(), PathBuf::from);
        let mut run = Command::new(program);
        run.args(command.args.iter().map(|arg| self.fill(arg)));
        run.env_clear().env("LC_ALL", "C").env("HOME", &self.dir);
        run.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        run.envs(
            command
                .env
                .iter()
                .map(|(name, value)| (name, self.fill(value))),
        );
        let output = File::options().create(true).append(true).open(log)?;
        run.current_dir(cwd).process_group(0).stdin(Stdio::null());
        run.stdout(output.try_clone()?).stderr(output);
        if let Some(user) = user(command.as_root.as_deref())? {
            run.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        Ok(run)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.templates.join(format!(
            "{}-{name}.log",
            self.dir.file_name().unwrap_or_default().to_string_lossy()
        ))
    }

    fn spawn(&mut self, process: &Process) -> Result<()> {
        let child = self
            .command(&process.command, &self.log(&process.name))?
            .spawn()?;
        self.children.push((child, process.stop.signal.parse()?));
        Ok(())
    }

    fn all_ready(&self, pending: &mut Vec<&Process>) -> Result<()> {
        for process in pending.drain(..) {
            self.wait(&process.ready, &self.log(&process.name))?;
            process
                .after_ready
                .iter()
                .try_for_each(|step| self.step(step))?;
        }
        Ok(())
    }

    fn wait(&self, ready: &launch::Ready, log: &Path) -> Result<()> {
        let succeeds = |command: &launch::Command| {
            let command = self.command(command, Path::new("/dev/null"));
            command.and_then(|mut command| Ok(command.status()?.success()))
        };
        while !look::holds(ready, &self.dir, log, &|text| self.fill(text), &succeeds)? {
            if Instant::now() > self.until {
                return Err(format!("`{}` was not ready: {ready:?}", self.launch.name).into());
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}

impl Drop for ByHand<'_> {
    fn drop(&mut self) {
        for (child, signal) in self.children.iter_mut().rev() {
            let group = Pid::from_raw(child.id().cast_signed());
            let _ = killpg(group, *signal);
            if *signal != Signal::SIGQUIT {
                let _ = killpg(group, Signal::SIGKILL);
            }
            let _ = child.wait();
        }
        // Some make groups of their own, where nothing but their command line tells whose they are.
        for pid in running::mentioning(&self.dir) {
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
        let directories = self.launch.directories.keys().map(|name| self.other(name));
        for directory in directories.chain([self.dir.clone()]) {
            let _ = fs::remove_dir_all(directory);
        }
    }
}

fn user(name: Option<&str>) -> Result<Option<User>> {
    let Some(name) = name.filter(|_| geteuid().is_root()) else {
        return Ok(None);
    };
    let found = User::from_name(name)?;
    Ok(match found {
        Some(user) => Some(user),
        None => User::from_name("nobody")?,
    })
}

fn own(path: &Path, name: Option<&str>) -> Result<()> {
    if let Some(user) = user(name)? {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
    }
    Ok(())
}
