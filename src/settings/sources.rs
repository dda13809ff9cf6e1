//! The raw inputs, kept so that they can be read again.

use std::net::SocketAddr;

use super::{Env, Errors, Flags, Layers, Problem, Settings, layers::ReadFile, load, reader::Reader};

/// Flags, environment and the way to read the file.
///
/// Flags and environment do not change while the process runs, the file may: each [`Sources::load`] reads it anew.
pub struct Sources {
    flags: Flags,
    env: Env,
    read_file: Box<ReadFile>,
}

impl Sources {
    /// Keeps the inputs. `read_file` gets the path of the settings file as it was given.
    pub fn new(flags: Flags, env: Env, read_file: Box<ReadFile>) -> Self {
        Self { flags, env, read_file }
    }

    /// Reads all layers and checks them. Every problem is reported, not only the first.
    pub fn load(&self) -> Result<Settings, Errors> {
        let (layers, problems) = self.layers();
        Settings::from_layers(&layers, problems)
    }

    /// Where metrics and probes are answered, whatever the other settings are; `None` is nowhere.
    pub fn admin_listen(&self) -> Result<Option<SocketAddr>, Errors> {
        let (layers, _) = self.layers();
        let mut reader = Reader::new(&layers, Vec::new());
        let address = load::admin_listen(&mut reader);
        reader.finish(Some(address))
    }

    /// The layers unchecked, for printing them, and what could not be read of them.
    pub fn layers(&self) -> (Layers, Vec<Problem>) {
        Layers::read(&self.flags, &self.env, &*self.read_file)
    }
}
