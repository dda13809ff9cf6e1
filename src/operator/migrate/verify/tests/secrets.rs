//! No token is in anything that is written.

use super::{Form, Lab, render};

#[tokio::test]
async fn tokens_are_nowhere_in_what_is_written() {
    let lab = Lab::new().await;
    lab.bend(|claims| claims["jti"] = "marked-secret".into());
    let verification = lab.verify().await;
    let seen = lab.outside.seen.lock().clone();
    assert_eq!(seen.len(), 2, "a token that was presented, and one that was given");
    let written = [
        render(&verification, Form::Text),
        render(&verification, Form::Markdown),
        render(&verification, Form::Json),
        format!("{verification:?}"),
        format!("{:?}", lab.fake.calls()),
    ];
    for text in &written {
        assert!(!text.contains("marked-secret"), "{text}");
        for token in &seen {
            for segment in token.split('.') {
                assert!(!text.contains(segment), "a segment of a token is in: {text}");
            }
        }
    }
    // The other half of the test: it would be seen.
    assert!(seen[0].split('.').all(|segment| segment.len() > 20));
}
