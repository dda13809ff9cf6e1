//! The raw inputs, kept so that they can be read again.

use super::{Env, Errors, Flags, Layers, Settings, layers::ReadFile};

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

    /// The layers unchecked, for printing them, and what could not be read of them.
    pub fn layers(&self) -> (Layers, Vec<super::Problem>) {
        Layers::read(&self.flags, &self.env, &*self.read_file)
    }
}
