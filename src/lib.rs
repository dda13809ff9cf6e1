//! wisp: Azure's managed-identity endpoint on loopback, backed by workload identity federation.
//!
//! The layers, from the top; imports only ever point down:
//!
//! - [`cli`]: arguments and exit codes of both programs
//! - [`serve`]: the life of the sidecar: listeners up, requests served, signals obeyed, drained
//! - `operator` (feature `wispctl`): manifests, and how wisp gets into their pods
//! - `emulator` (feature `wispctl`): a local Entra, OIDC issuer and token projection for tests and demonstrations
//! - `redirect` (Linux): the way of a pod's requests for 169.254.169.254 to wisp: nftables or an address, proven, undone
//! - [`doctor`]: what is wrong, link by link: checks, what they find, and how it is told
//! - [`settings`]: configuration, each text parsed once into what the modules below take
//! - [`endpoint`]: guard, dialects, answers: everything that speaks HTTP to the application
//! - [`broker`]: cache, refresh, failures remembered: when to exchange and what to answer meanwhile
//! - [`entra`]: the exchange itself: transport, response, classification, the AADSTS catalogue
//! - [`assertion`]: the projected service-account token: read, peek at claims
//! - [`identity`]: which identities may be asked for, and by which names
//! - [`observe`]: logs and metrics
//! - [`server`]: connections: accepted, limited, served, drained
//! - [`exchange`], [`failure`], `token`, [`names`], [`jwt`], `visible`, [`clock`]: the words everything speaks

mod assertion;
mod broker;
pub mod cli;
pub mod clock;
mod doctor;
#[cfg(feature = "wispctl")]
pub mod emulator;
mod endpoint;
pub mod entra;
mod exchange;
pub mod failure;
mod identity;
mod jwt;
pub mod names;
pub mod observe;
#[cfg(feature = "wispctl")]
mod operator;
#[cfg(target_os = "linux")]
mod redirect;
pub mod serve;
mod server;
pub mod settings;
mod token;
mod visible;
