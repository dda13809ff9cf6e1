//! What `wisp serve` starts with, beyond its settings: files read, texts understood. `wisp serve --check` stops after this, so
//! it refuses exactly what a start refuses.

use super::{config, prepare_error::PrepareErrors};
use crate::{
    clock::{Clock, Random, System},
    endpoint::Metadata,
    entra::Entra,
    settings::Settings,
    token::Secret,
};

/// Everything that can be wrong about a configuration has been looked at.
pub struct Prepared<C = System, R = System> {
    pub(super) entra: Entra<C, R>,
    pub(super) identity_header: Option<Secret>,
    pub(super) metadata: Metadata,
}

impl<C: Clock, R: Random> Prepared<C, R> {
    /// Reads what `settings` name. The error is everything that keeps wisp from ever working with them. The token file is not
    /// among it: whatever is there may still be replaced by the kubelet, and until then every answer names it.
    pub fn read(settings: &Settings, clock: C, random: R) -> Result<Self, PrepareErrors> {
        let mut errors = Vec::new();
        let entra =
            Entra::new(settings.entra.clone(), clock, random).map_err(|error| errors.push(error.into()));
        let identity_header = config::identity_header(settings).map_err(|error| errors.push(error));
        let metadata = config::metadata(settings).map_err(|error| errors.push(error));
        match (entra, identity_header, metadata) {
            (Ok(entra), Ok(identity_header), Ok(metadata)) if errors.is_empty() => {
                Ok(Self { entra, identity_header, metadata })
            }
            _ => Err(PrepareErrors(errors)),
        }
    }
}
