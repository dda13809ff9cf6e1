//! Certificates that somebody else puts into files.

use std::{fs, path::Path, sync::Arc};

use super::{Serving, cluster, issue, trust};
use crate::{
    clock::System,
    operator::{
        cluster::{Verb, fake::Fake},
        webhook::{
            certificate::{FileNames, Files},
            measures::Measures,
        },
    },
};

fn files(fake: &Fake, folder: &Path) -> (Files<Fake>, Arc<Serving>) {
    let serving = Arc::new(Serving::new("wisp-webhook.wisp-system.svc".into()));
    let names = FileNames { chain: folder.join("tls.crt"), key: folder.join("tls.key") };
    let (api, clock) = (Arc::new(fake.clone()), Arc::new(System));
    let files =
        Files::new(api, clock, names, "wisp-webhook", Arc::clone(&serving), Arc::new(Measures::default()));
    (files, serving)
}

#[tokio::test(start_paused = true)]
async fn files_are_read_anew_and_served_once_they_are_trusted() {
    let (fake, folder) = (cluster(), tempfile::tempdir().unwrap());
    issue(&fake, folder.path(), true);
    let (files, serving) = files(&fake, folder.path());
    files.step().await;
    assert!(serving.readiness().is_ready());
    let old = serving.served().unwrap();
    let authority = issue(&fake, folder.path(), false);
    files.step().await;
    assert!(serving.served().unwrap().is(&old), "nobody trusts the new one yet");
    assert!(serving.readiness().is_ready());
    insta::assert_snapshot!(serving.readiness().error.unwrap(), @"the webhook's configuration does not trust the new certificate for wisp-webhook.wisp-system.svc: invalid peer certificate: BadSignature; the one before it is served, for as long as that is valid: put the authority of the new one into `caBundle`, beside the other");
    trust(&fake, &authority);
    files.step().await;
    assert!(serving.readiness().is_ready() && !serving.served().unwrap().is(&old));
    assert_eq!(serving.readiness().error, None);
    // A file that is written at this moment.
    fs::write(folder.path().join("tls.key"), "").unwrap();
    files.step().await;
    assert!(serving.readiness().is_ready());
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_files_is_named() {
    let (fake, folder) = (cluster(), tempfile::tempdir().unwrap());
    let (files, serving) = files(&fake, folder.path());
    let mut texts = Vec::new();
    let mut look = async || {
        files.step().await;
        let readiness = serving.readiness();
        texts.push(
            readiness
                .error
                .clone()
                .unwrap_or_default()
                .replace(folder.path().to_str().unwrap(), "FOLDER"),
        );
        assert!(!readiness.is_ready());
    };
    look().await;
    issue(&fake, folder.path(), false);
    let key = fs::read(folder.path().join("tls.key")).unwrap();
    issue(&fake, folder.path(), false);
    look().await;
    fs::write(folder.path().join("tls.key"), key).unwrap();
    look().await;
    fs::write(folder.path().join("tls.crt"), "x").unwrap();
    look().await;
    issue(&fake, folder.path(), true);
    fake.forbid(Verb::Get, "mutatingwebhookconfigurations", true);
    look().await;
    insta::assert_snapshot!(texts.join("\n"), @r"
    cannot read FOLDER/tls.crt: No such file or directory (os error 2)
    the webhook's configuration does not trust the certificate for wisp-webhook.wisp-system.svc: it trusts no authority at all
    FOLDER/tls.crt and FOLDER/tls.key: certificate and key do not go together: keys may not be consistent: KeyMismatch
    FOLDER/tls.crt and FOLDER/tls.key: there is no certificate in it, or what is there is not PEM
    the API server refuses `get` of MutatingWebhookConfiguration wisp-webhook; give its service account a ClusterRole that allows `get` on `mutatingwebhookconfigurations` with resource name `wisp-webhook`
    ");
}
