//! A configuration that users write.

use super::slot::FileTexts;
use crate::launch::{Site, template};

/// What the options `config` and `config_file` say.
#[derive(Clone, Copy)]
pub(super) struct Configuration<'a> {
    pub(super) text: &'a Option<String>,
    pub(super) files: &'a FileTexts,
}

impl<'a> Configuration<'a> {
    /// The last of the files, or else the text.
    pub(super) fn get(self) -> Option<&'a str> {
        self.files.texts().last().or(self.text.as_deref())
    }

    /// Why it cannot be read.
    pub(super) fn problem(self) -> Option<String> {
        self.files.problem("config_file")
    }

    /// What is wrong with it, if it is to say where the server listens: on the leased port, unless the user has chosen this one.
    pub(super) fn listening(self, chosen: Option<u16>, site: &Site) -> Option<String> {
        let names_port = |text| template(text).contains(site.port);
        let listens = chosen.is_some() || self.get().is_none_or(names_port);
        self.problem().or_else(|| {
            (!listens).then(|| "the configuration must listen on `127.0.0.1:{port}`".into())
        })
    }
}
