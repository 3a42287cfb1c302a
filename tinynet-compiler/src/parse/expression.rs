//! The user's own activation functions: `|x| x / (1.0 + abs(x))`.

use super::cursor::{Cursor, MAX_DEPTH};
use super::number;
use crate::diagnostics::with_help;
use crate::function::{Comparison, Expression, NamedFunction};
use crate::suggestion::closest;
use proc_macro2::{Delimiter, Ident, Span, TokenTree};
use syn::{Error, Result};

/// How many operations a function may have; also bounds how deep an [`Expression`] is, which is walked recursively.
const MAX_OPERATIONS: usize = 500;

/// The functions an expression may call, and how many arguments each takes.
pub const FUNCTIONS: &[(&str, NamedFunction, usize)] = &[
    ("abs", NamedFunction::Abs, 1),
    ("exp", NamedFunction::Exp, 1),
    ("ln", NamedFunction::Ln, 1),
    ("sqrt", NamedFunction::Sqrt, 1),
    ("sin", NamedFunction::Sin, 1),
    ("cos", NamedFunction::Cos, 1),
    ("tanh", NamedFunction::Tanh, 1),
    ("sigmoid", NamedFunction::Sigmoid, 1),
    ("erf", NamedFunction::Erf, 1),
    ("floor", NamedFunction::Floor, 1),
    ("min", NamedFunction::Min, 2),
    ("max", NamedFunction::Max, 2),
    ("clamp", NamedFunction::Clamp, 3),
    ("pow", NamedFunction::Pow, 2),
];

/// Other names of these functions: Rust's own.
const ALIASES: &[(&str, &str)] = &[("powf", "pow"), ("powi", "pow")];

/// Reads `|x| expression`.
pub(super) fn closure(cursor: &mut Cursor) -> Result<Expression> {
    cursor.eat('|');
    let Some(variable) = cursor.eat_ident() else {
        return Err(cursor.unexpected_with_help("the name of the variable", "write `|x| …`"));
    };
    if cursor.eat(':') && cursor.eat_ident().is_none() {
        return Err(cursor.unexpected("a type"));
    }
    if cursor.at(',') {
        let error = cursor.unexpected_with_help("`|`", "an activation is a function of one number");
        while !cursor.is_empty() && !cursor.eat('|') {
            cursor.next();
        }
        return Err(error);
    }
    if !cursor.eat('|') {
        return Err(cursor.unexpected("`|` behind the variable"));
    }
    let mut parser = Parser { variable, operations: 0 };
    parser.sum(cursor)
}

struct Parser {
    variable: Ident,
    operations: usize,
}

impl Parser {
    fn count(&mut self, span: Span) -> Result<()> {
        self.operations += 1;
        if self.operations > MAX_OPERATIONS {
            let message = format!("this function has more than {MAX_OPERATIONS} operations");
            return Err(Error::new(span, message));
        }
        Ok(())
    }

    fn sum(&mut self, cursor: &mut Cursor) -> Result<Expression> {
        let mut left = self.product(cursor)?;
        while let Some((operator, span)) = number::eat_operator(cursor, &['+', '-']) {
            self.count(span)?;
            let right = self.product(cursor)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn product(&mut self, cursor: &mut Cursor) -> Result<Expression> {
        let mut left = self.negation(cursor)?;
        while let Some((operator, span)) = number::eat_operator(cursor, &['*', '/']) {
            self.count(span)?;
            let right = self.negation(cursor)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        if cursor.at('%') {
            return Err(cursor.unexpected_with_help("an operator", "the operators are `+ - * /`"));
        }
        Ok(left)
    }

    fn negation(&mut self, cursor: &mut Cursor) -> Result<Expression> {
        let mut is_negative = false;
        while cursor.eat('-') {
            is_negative = !is_negative;
        }
        let operand = self.method_calls(cursor)?;
        if !is_negative {
            return Ok(operand);
        }
        self.count(cursor.last_span())?;
        Ok(Expression::Negate(Box::new(operand)))
    }

    /// An operand and the methods called on it: `x.abs().max(1.0)`.
    fn method_calls(&mut self, cursor: &mut Cursor) -> Result<Expression> {
        let mut receiver = self.operand(cursor)?;
        while cursor.eat('.') {
            let Some(name) = cursor.eat_ident() else {
                return Err(cursor.unexpected("the name of a method"));
            };
            if cursor.peek_group(Delimiter::Parenthesis).is_none() {
                return Err(cursor.unexpected("`(` behind the name of a method"));
            }
            receiver = self.call(&name, Some(receiver), cursor)?;
        }
        Ok(receiver)
    }

    fn operand(&mut self, cursor: &mut Cursor) -> Result<Expression> {
        self.count(cursor.span())?;
        let expected = format!("an expression of `{}`", self.variable);
        if let Some(name) = number::eat_path(cursor) {
            return self.named(name, cursor);
        }
        if cursor.eat_word("if") {
            return self.condition(cursor, 0);
        }
        if let Some(name) = cursor.eat_ident() {
            return self.named(name, cursor);
        }
        match cursor.peek() {
            Some(TokenTree::Literal(literal)) => match number::literal(literal) {
                Some(number) => {
                    let value = number?.value;
                    cursor.next();
                    Ok(Expression::Constant(value))
                }
                None => Err(cursor.unexpected(expected)),
            },
            Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::Bracket => {
                let group = group.clone();
                cursor.next();
                let mut inner = cursor.enter(&group)?;
                self.whole(&mut inner)
            }
            _ => Err(cursor.unexpected(expected)),
        }
    }

    /// An expression that fills a pair of delimiters.
    fn whole(&mut self, inner: &mut Cursor) -> Result<Expression> {
        if inner.at(';') || matches!(inner.peek(), Some(TokenTree::Ident(word)) if word == "let") {
            return Err(inner.unexpected("one expression without statements"));
        }
        let expression = self.sum(inner)?;
        if !inner.is_empty() {
            return Err(inner.unexpected("an operator"));
        }
        Ok(expression)
    }

    /// The variable, a constant or a call.
    fn named(&mut self, name: Ident, cursor: &mut Cursor) -> Result<Expression> {
        if cursor.peek_group(Delimiter::Parenthesis).is_some() {
            return self.call(&name, None, cursor);
        }
        if name == self.variable {
            return Ok(Expression::Variable);
        }
        if let Some(number) = number::constant(&name) {
            return Ok(Expression::Constant(number.value));
        }
        let constants: Vec<_> = number::CONSTANTS.iter().map(|(name, _)| *name).collect();
        let help = format!(
            "the variable is `{}`, the constants are {}; a macro cannot see the values of your own",
            self.variable,
            constants.join(", ")
        );
        Err(with_help(name.span(), format_args!("unknown name `{name}`"), help))
    }

    fn call(
        &mut self,
        name: &Ident,
        receiver: Option<Expression>,
        cursor: &mut Cursor,
    ) -> Result<Expression> {
        self.count(name.span())?;
        let (known, function, wanted) = named_function(name)?;
        let Some(group) = cursor.eat_group(Delimiter::Parenthesis) else {
            return Err(cursor.unexpected("`(`"));
        };
        let mut inner = cursor.enter(&group)?;
        let is_method = receiver.is_some();
        let mut arguments: Vec<_> = receiver.into_iter().collect();
        while !inner.is_empty() {
            arguments.push(self.sum(&mut inner)?);
            if !inner.is_empty() && !inner.eat(',') {
                return Err(inner.unexpected("`,` or `)`"));
            }
        }
        if arguments.len() != wanted {
            let message = format!("`{known}` takes {wanted} arguments, not {}", arguments.len());
            return Err(with_help(name.span(), message, usage(known, wanted, is_method)));
        }
        Ok(Expression::Call(function, arguments))
    }

    /// What stands behind `if`.
    fn condition(&mut self, cursor: &mut Cursor, depth: usize) -> Result<Expression> {
        if depth > MAX_DEPTH {
            return Err(Error::new(cursor.last_span(), format_args!("more than {MAX_DEPTH} `else if`")));
        }
        let left = self.sum(cursor)?;
        let comparison = comparison(cursor)?;
        let right = self.sum(cursor)?;
        let then = self.block(cursor)?;
        if !cursor.eat_word("else") {
            return Err(cursor.unexpected("`else`: a function has a value everywhere"));
        }
        let otherwise = match cursor.eat_word("if") {
            true => {
                self.count(cursor.last_span())?;
                self.condition(cursor, depth + 1)?
            }
            false => self.block(cursor)?,
        };
        Ok(Expression::Condition(comparison, Box::new([left, right, then, otherwise])))
    }

    fn block(&mut self, cursor: &mut Cursor) -> Result<Expression> {
        let Some(group) = cursor.eat_group(Delimiter::Brace) else {
            return Err(cursor.unexpected("`{`"));
        };
        let mut inner = cursor.enter(&group)?;
        self.whole(&mut inner)
    }
}

fn comparison(cursor: &mut Cursor) -> Result<Comparison> {
    const HELP: &str = "compare with `<`, `<=`, `>` or `>=`, one comparison an `if`";
    for (character, plain, or_equal) in [
        ('<', Comparison::Less, Comparison::LessOrEqual),
        ('>', Comparison::Greater, Comparison::GreaterOrEqual),
    ] {
        if cursor.eat(character) {
            return Ok(if cursor.eat('=') { or_equal } else { plain });
        }
    }
    Err(cursor.unexpected_with_help("a comparison", HELP))
}

fn named_function(name: &Ident) -> Result<(&'static str, NamedFunction, usize)> {
    let written = name.to_string();
    let target =
        ALIASES.iter().find(|(alias, _)| written == *alias).map_or(written.as_str(), |(_, name)| name);
    if let Some(&found) = FUNCTIONS.iter().find(|(known, ..)| target == *known) {
        return Ok(found);
    }
    let names: Vec<_> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
    let list = names.join(", ");
    let help = match closest(&written, names) {
        Some(near) => format!("did you mean `{near}`? The functions are {list}"),
        None => format!("the functions are {list}"),
    };
    Err(with_help(name.span(), format_args!("unknown function `{written}`"), help))
}

/// How a function is called.
fn usage(name: &str, arguments: usize, is_method: bool) -> String {
    let names = &["x", "a", "b"][..arguments];
    match is_method {
        true => format!("write `x.{name}({})`", names[1..].join(", ")),
        false => format!("write `{name}({})`", names.join(", ")),
    }
}
