//! The programs that install packages.

use std::path::PathBuf;

use fixtured::launch::Install;

/// A program that installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Apt,
    Brew,
    Pip,
    Npm,
    Gem,
    Cargo,
}

impl Client {
    /// All, those of the system first.
    pub(super) const ALL: [Self; 6] = [
        Self::Apt,
        Self::Brew,
        Self::Pip,
        Self::Npm,
        Self::Gem,
        Self::Cargo,
    ];

    /// Its packages among those that have a software.
    pub(super) fn packages(self, install: &Install) -> &str {
        match self {
            Self::Apt => &install.apt,
            Self::Brew => &install.brew,
            Self::Pip => &install.pip,
            Self::Npm => &install.npm,
            Self::Gem => &install.gem,
            Self::Cargo => &install.cargo,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Brew => "brew",
            Self::Pip => "pip",
            Self::Npm => "npm",
            Self::Gem => "gem",
            Self::Cargo => "cargo",
        }
    }

    /// Returns whether it is there.
    pub(super) fn is_there(self) -> bool {
        match self {
            Self::Apt => on_path("apt-get").is_some(),
            Self::Brew => on_path("brew").is_some(),
            // Debian ships `venv` in a separate package.
            Self::Pip => std::process::Command::new("python3")
                .args(["-c", "import ensurepip"])
                .stderr(std::process::Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
            Self::Npm => on_path("npm").is_some(),
            Self::Gem => on_path("gem").is_some(),
            Self::Cargo => on_path("cargo").is_some(),
        }
    }

    /// The packages that have it, of another client.
    pub(super) fn itself(self, of: Self) -> Option<&'static str> {
        match (self, of) {
            (Self::Pip, Self::Apt) => Some("python3-venv"),
            (Self::Pip, Self::Brew) => Some("python3"),
            (Self::Npm, Self::Apt) => Some("npm"),
            (Self::Npm, Self::Brew) => Some("node"),
            (Self::Gem, Self::Apt | Self::Brew) => Some("ruby"),
            // A cargo of a distribution is too old for much.
            _ => None,
        }
    }

    /// Returns whether it installs for the whole machine.
    pub(super) fn needs_root(self) -> bool {
        self == Self::Apt
    }

    /// Returns whether what it installs goes into a directory of ours.
    pub(super) fn fills_directory(self) -> bool {
        matches!(self, Self::Pip | Self::Npm | Self::Cargo)
    }
}

/// The program of this name.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut files = std::env::split_paths(&path).map(|place| place.join(name));
    files.find(|file| file.is_file())
}
