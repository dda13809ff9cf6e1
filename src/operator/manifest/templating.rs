//! Templates that are not rendered yet. They look like manifests, and what is put into them would be lost or wrong.

use super::{
    LineDiagnostic,
    tree::{Kind, Node, Style},
};

/// What only Helm's templates say. Other braces are the application's business: workflows and alerts have theirs.
const HELM: [&str; 6] = [".Values", ".Release", ".Chart", ".Capabilities", "include \"", "template \""];

/// Looks for a template where the document could not be read at all.
pub(crate) fn in_text(text: &str) -> Option<LineDiagnostic> {
    let line = text.lines().position(|line| line.contains("{{"))?;
    Some(unrendered(line + 1))
}

/// Looks for a template in what could be read.
pub(crate) fn in_tree(tree: &Node) -> Option<LineDiagnostic> {
    let mut found = None;
    tree.walk(&mut |node| {
        if let Kind::Scalar { style, text } = &node.kind
            && found.is_none()
            && is_template(text, *style)
        {
            found = Some(unrendered(node.line));
        }
    });
    found
}

fn is_template(text: &str, style: Style) -> bool {
    if style == Style::Plain && text.contains("{{") {
        return true;
    }
    text.split("{{").skip(1).any(|inside| {
        let inside = inside.trim_start_matches(['-', ' ']);
        HELM.iter().any(|word| inside.starts_with(word))
    })
}

fn unrendered(line: usize) -> LineDiagnostic {
    LineDiagnostic::at(
        line,
        "a template that is not rendered yet (`{{`); render it first, with `helm template` for example",
    )
}

#[cfg(test)]
mod tests {
    use super::{in_text, in_tree};
    use crate::operator::manifest::tree::read;

    fn line(text: &str) -> Option<usize> {
        in_tree(&read(text).unwrap().unwrap())?.line
    }

    #[test]
    fn helm_is_recognised_and_others_are_left_alone() {
        assert_eq!(line("a: 1\nname: x-{{ .Release.Name }}\n"), Some(2));
        assert_eq!(line("image: \"{{ .Values.image }}:{{- .Values.tag }}\"\n"), Some(1));
        assert_eq!(line("a: '{{workflow.name}}'\nb: |\n  {{- with secret \"x\" }}\n"), None);
        insta::assert_snapshot!(in_text("a:\n  {{- if .Values.x }}\n").unwrap().text, @"a template that is not rendered yet (`{{`); render it first, with `helm template` for example");
        assert_eq!(in_text("a: 1\n"), None);
    }
}
