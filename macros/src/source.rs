//! Where the daemon of `#[with_daemon]` comes from.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{Error, Expr, ExprArray, ExprLit, Lit, LitStr, Result, spanned::Spanned};

use crate::{hygiene::generated, placeholder::Owner, setting::Setting};

pub(crate) enum Source {
    Command(TokenStream),
    Bin(LitStr),
    /// Somebody else runs it.
    External,
}

impl Source {
    /// Takes the keys that say so out of the settings.
    pub(crate) fn take(
        command: Option<TokenStream>,
        settings: &mut Vec<Setting>,
        span: Span,
    ) -> Result<Self> {
        let mut source = command.map(Self::Command);
        while let Some(at) = settings
            .iter()
            .position(|s| s.key == "command" || s.key == "bin")
        {
            let Setting { key, argument } = settings.remove(at);
            if source.is_some() {
                let message = "more than one program to start: keep one command or one `bin`";
                return Err(Error::new(key.span(), message));
            }
            source = Some(if key == "command" {
                Self::Command(argument)
            } else {
                Self::Bin(literal(&argument).ok_or_else(|| {
                    let message = "`bin` must be the name of a binary in this package, as a \
                                   string: write `bin = \"server\"`";
                    Error::new_spanned(&argument, message)
                })?)
            });
        }
        if source.is_none() && !settings.iter().any(|setting| is_address(&setting.key)) {
            let message = "nothing to start or wait for: write a command, \
                           as in `#[with_daemon(\"my-server --port {port}\")]`, `bin = \"…\"`, \
                           or the `http`, `tcp` or `unix_socket` address of a running server";
            return Err(Error::new(span, message));
        }
        Ok(source.unwrap_or(Self::External))
    }

    pub(crate) fn constructor(&self, span: Span) -> (TokenStream, Owner) {
        match self {
            Self::Command(command) => {
                let at = generated(command.span());
                let head = quote_spanned!(at=> ::fixtured::daemons::Program::new(#command));
                (head, Owner::Program)
            }
            Self::Bin(name) => {
                let at = generated(name.span());
                let variable = LitStr::new(&format!("CARGO_BIN_EXE_{}", name.value()), name.span());
                let program = quote_spanned!(at=> ::fixtured::daemons::Program);
                let missing = format!(
                    "no binary named `{}` in this package, or not an integration test: cargo \
                     sets the paths of binaries only for tests and benchmarks outside `src`",
                    name.value()
                );
                let path = quote_spanned!(at=> ::core::env!(#variable, #missing));
                (
                    quote_spanned!(at=> #program::bin(#name, #path)),
                    Owner::Program,
                )
            }
            Self::External => {
                let at = generated(span);
                let head = quote_spanned!(at=> ::fixtured::daemons::Program::external());
                (head, Owner::External)
            }
        }
    }

    /// The name of a fixture that is not given one.
    pub(crate) fn name(&self) -> String {
        let program = match self {
            Self::External => return "server".to_owned(),
            Self::Bin(name) => name.value(),
            Self::Command(command) => literal(command)
                .and_then(|line| line.value().split_whitespace().next().map(str::to_owned))
                .or_else(|| first_of_list(command).map(|word| word.value()))
                .unwrap_or_default(),
        };
        identifier(&program)
    }
}

/// Returns whether the key names the address of a server, whether or not fixtured starts it.
pub(crate) fn is_address(key: &Ident) -> bool {
    key == "http" || key == "tcp" || key == "unix_socket"
}

fn literal(tokens: &TokenStream) -> Option<LitStr> {
    syn::parse2(tokens.clone()).ok()
}

fn first_of_list(tokens: &TokenStream) -> Option<LitStr> {
    let list: ExprArray = syn::parse2(tokens.clone()).ok()?;
    match list.elems.into_iter().next()? {
        Expr::Lit(ExprLit {
            lit: Lit::Str(word),
            ..
        }) => Some(word),
        _ => None,
    }
}

/// The file name of a program, as far as an identifier can spell it.
fn identifier(program: &str) -> String {
    let program = program.trim_matches(['"', '\'']);
    let file = program.rsplit('/').next().unwrap_or(program);
    let mut name: String = file
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    match &*name {
        "" => "daemon".to_owned(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use crate::text::check_program;

    #[test]
    fn a_program_is_a_command_a_binary_or_an_address() {
        check_program(r#""a b""#, r#"a: new ( "a b" )"#);
        check_program(r#"command = ["a", B]"#, r#"a: new ( [ "a" , B ] )"#);
        check_program(
            r#"bin = "a-b", args = ["c"]"#,
            r#"a_b: bin ( "a-b" , :: core :: env ! ( "CARGO_BIN_EXE_a-b" , "no binary named `a-b` in this package, or not an integration test: cargo sets the paths of binaries only for tests and benchmarks outside `src`" ) ) . args ( [ "c" ] )"#,
        );
        check_program(
            r#"tcp = "localhost:1""#,
            r#"server: external ( ) . tcp ( "localhost:1" )"#,
        );
    }

    #[test]
    fn its_name_is_the_file_it_runs() {
        check_program(
            r#""/usr/bin/my-server --x""#,
            r#"my_server: new ( "/usr/bin/my-server --x" )"#,
        );
        check_program(r#"["./x.sh"]"#, r#"x_sh: new ( [ "./x.sh" ] )"#);
        check_program(r#""7z""#, r#"_7z: new ( "7z" )"#);
        check_program("command = COMMAND", "daemon: new ( COMMAND )");
        check_program(r#""a" as b"#, r#"b: new ( "a" ) . named ( "b" )"#);
    }

    #[test]
    fn one_thing_is_started() {
        let message = "more than one program to start: keep one command or one `bin`";
        check_program(r#""a", bin = "b""#, message);
        check_program(r#"bin = "b", command = "a""#, message);
        check_program(
            "bin = BIN",
            "`bin` must be the name of a binary in this package, as a string: write `bin = \"server\"`",
        );
    }

    #[test]
    fn without_a_command_there_is_an_address() {
        let message = "nothing to start or wait for: write a command, as in \
                       `#[with_daemon(\"my-server --port {port}\")]`, `bin = \"…\"`, or the \
                       `http`, `tcp` or `unix_socket` address of a running server";
        check_program("", message);
        check_program(r#"output = "ready""#, message);
    }
}
