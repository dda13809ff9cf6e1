//! A projected service-account token: a file swapped the way the kubelet swaps it.
//!
//! The kubelet writes each version into a folder `..<time>`, points the symlink `..data` at it by one rename, and lets
//! `token` point at `..data/token` for good. A reader that opens the file by path sees the old or the new token, never a
//! part of one; a reader that keeps the file open keeps the old one.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{config::ProjectionConfig, issuer::Issuer, time_text};
use crate::clock::{Clock, Random, UnixTime};

const DATA: &str = "..data";
const DATA_NEW: &str = "..data_tmp";
const TOKEN: &str = "token";

/// A projected token and the folder it lives in.
pub struct Projection {
    config: ProjectionConfig,
    mode: u32,
    folder: PathBuf,
    issuer: Arc<Issuer>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// When the token is due to be replaced. Held while writing, so that two rotations do not mix.
    due: Mutex<UnixTime>,
}

impl Projection {
    /// A projection into `folder`, which is made if it is missing. Writes the first token.
    pub fn write(
        config: &ProjectionConfig,
        folder: PathBuf,
        issuer: Arc<Issuer>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> io::Result<Self> {
        let mode = config.mode_bits().map_err(io::Error::other)?;
        fs::create_dir_all(&folder)?;
        let config = config.clone();
        let projection =
            Self { config, mode, folder, issuer, clock, random, due: Mutex::new(UnixTime::default()) };
        projection.rotate()?;
        Ok(projection)
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Its configuration.
    pub fn config(&self) -> &ProjectionConfig {
        &self.config
    }

    /// The path that a pod would be given in `AZURE_FEDERATED_TOKEN_FILE`.
    pub fn token_path(&self) -> PathBuf {
        self.folder.join(TOKEN)
    }

    /// Puts a new token in place of the present one.
    pub fn rotate(&self) -> io::Result<()> {
        let now = self.clock.wall();
        let token = self
            .issuer
            .sign(&self.claims(now))
            .ok_or_else(|| io::Error::other("the issuer's keys are not the emulator's"))?;
        let age = self.config.ttl_seconds * u64::from(self.config.rotate_at_percent) / 100;
        self.swap(&token, now, now + Duration::from_secs(age))
    }

    /// Puts any text in place of the present token, in the same way: an empty, cut or forged one.
    pub fn replace(&self, text: &str) -> io::Result<()> {
        let now = self.clock.wall();
        self.swap(text, now, now + Duration::from_secs(self.config.ttl_seconds))
    }

    /// Replaces the token if it is old enough.
    pub fn rotate_if_due(&self) -> io::Result<()> {
        if self.clock.wall() < *self.due.lock() {
            return Ok(());
        }
        self.rotate()
    }

    /// The claims of a token issued now: those of a real one of Kubernetes.
    pub fn claims(&self, now: UnixTime) -> Value {
        let ProjectionConfig { audience, namespace, service_account, ttl_seconds, .. } = &self.config;
        let uid = || self.random.uuid();
        json!({
            "aud": [audience],
            "exp": now.secs() + ttl_seconds,
            "iat": now.secs(),
            "iss": self.issuer.url(),
            "jti": uid(),
            "kubernetes.io": {
                "namespace": namespace,
                "node": {"name": "emulated-node", "uid": uid()},
                "pod": {"name": format!("{service_account}-0"), "uid": uid()},
                "serviceaccount": {"name": service_account, "uid": uid()},
            },
            "nbf": now.secs(),
            "sub": self.config.subject(),
        })
    }

    fn swap(&self, text: &str, now: UnixTime, next: UnixTime) -> io::Result<()> {
        let mut due = self.due.lock();
        let old = fs::read_link(self.folder.join(DATA)).ok();
        // The random part keeps two versions of the same second apart.
        let version = format!("..{}.{:09}", time_text::folder(now), self.random.bits() % 1_000_000_000);
        let data = self.folder.join(&version);
        fs::create_dir(&data)?;
        fs::set_permissions(&data, fs::Permissions::from_mode(0o755))?;
        let file = data.join(TOKEN);
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(self.mode))?;

        let link = self.folder.join(DATA_NEW);
        remove_if_there(&link)?;
        symlink(&version, &link)?;
        fs::rename(&link, self.folder.join(DATA))?;
        match symlink(Path::new(DATA).join(TOKEN), self.token_path()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
        *due = next;
        match old {
            // The folder may be anyone's: nothing but an older version of the token is ours to remove.
            Some(old) if is_version(&old) => fs::remove_dir_all(self.folder.join(old)),
            _ => Ok(()),
        }
    }
}

/// Whether a link's target is a data folder beside it: two dots, then a time.
fn is_version(target: &Path) -> bool {
    let name = target.to_str().and_then(|target| target.strip_prefix(".."));
    name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit()) && !name.contains('/'))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::Projection;
    use crate::{
        clock::{Clock, System, UnixTime},
        emulator::{Config, issuer::Issuer, keys::KeySupply},
        jwt,
    };
    use std::{
        fs,
        io::Read as _,
        os::unix::fs::PermissionsExt as _,
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
        },
    };

    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn wall(&self) -> UnixTime {
            UnixTime::from_secs(self.0.load(Ordering::Relaxed))
        }
    }

    async fn projection(folder: &std::path::Path, mode: &str) -> (Projection, Arc<Hand>) {
        let config = Config::default();
        let key = KeySupply::shared().next().await.unwrap();
        let issuer = Arc::new(Issuer::new(&config.issuers[0], "https://localhost:1", key));
        let clock = Arc::new(Hand(AtomicU64::new(1_700_000_000)));
        let mut config = config.projections[0].clone();
        config.mode = mode.into();
        let projection =
            Projection::write(&config, folder.into(), issuer, clock.clone(), Arc::new(System)).unwrap();
        (projection, clock)
    }

    #[tokio::test]
    async fn a_swap_is_seen_by_path_and_not_by_an_open_file() {
        let folder = tempfile::tempdir().unwrap();
        let (projection, _) = projection(folder.path(), "0640").await;
        let path = projection.token_path();
        assert_eq!(fs::read_link(&path).unwrap().to_str(), Some("..data/token"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        let before = fs::read_to_string(&path).unwrap();
        let version = fs::read_link(folder.path().join("..data")).unwrap();
        let mut open = fs::File::open(&path).unwrap();

        projection.rotate().unwrap();

        let after = fs::read_to_string(&path).unwrap();
        assert_ne!(after, before);
        assert_ne!(fs::read_link(folder.path().join("..data")).unwrap(), version);
        let mut kept = String::new();
        open.read_to_string(&mut kept).unwrap();
        assert_eq!(kept, before);
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with("..2"))
            .collect();
        names.sort();
        assert_eq!(names, ["..data", "token"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[tokio::test]
    async fn a_token_is_replaced_at_four_fifths_of_its_life() {
        let folder = tempfile::tempdir().unwrap();
        let (projection, clock) = projection(folder.path(), "0644").await;
        let read = || fs::read_to_string(projection.token_path()).unwrap();
        let first = read();
        clock.0.fetch_add(2879, Ordering::Relaxed);
        projection.rotate_if_due().unwrap();
        assert_eq!(read(), first);
        clock.0.fetch_add(1, Ordering::Relaxed);
        projection.rotate_if_due().unwrap();
        let claims = jwt::peek(&read()).unwrap();
        assert_eq!(claims.issued, Some(1_700_002_880));
        assert_eq!(claims.expires, Some(1_700_006_480));
        assert_eq!(claims.issuer.as_deref(), Some("https://localhost:1/issuer/cluster/"));
        assert_eq!(claims.subject.as_deref(), Some("system:serviceaccount:default:app"));
        assert_eq!(claims.audiences, ["api://AzureADTokenExchange"]);
    }

    #[tokio::test]
    async fn a_link_that_leads_elsewhere_is_replaced_and_not_followed() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, precious) = (parent.path().join("tokens"), parent.path().join("precious"));
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(&precious).unwrap();
        std::os::unix::fs::symlink("../precious", folder.join("..data")).unwrap();
        projection(&folder, "0644").await;
        assert!(precious.exists());
        assert!(jwt::peek(&fs::read_to_string(folder.join("token")).unwrap()).is_ok());
    }

    #[tokio::test]
    async fn any_text_can_be_projected() {
        let folder = tempfile::tempdir().unwrap();
        let (projection, _) = projection(folder.path(), "0644").await;
        projection.replace("").unwrap();
        assert_eq!(fs::read(projection.token_path()).unwrap(), b"");
    }

    #[tokio::test]
    async fn a_reader_never_sees_half_a_token() {
        let folder = tempfile::tempdir().unwrap();
        let (projection, _) = projection(folder.path(), "0644").await;
        let path = projection.token_path();
        let data = folder.path().join("..data");
        let reader = std::thread::spawn(move || {
            for _ in 0..2000 {
                assert!(fs::symlink_metadata(&data).is_ok(), "there is a version at any moment");
                match fs::read_to_string(&path) {
                    Ok(text) => assert!(jwt::peek(&text).is_ok()),
                    // The kubelet, too, removes the old version while a reader may be on its way through the links.
                    Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
                }
            }
        });
        while !reader.is_finished() {
            projection.rotate().unwrap();
        }
        reader.join().unwrap();
    }
}
