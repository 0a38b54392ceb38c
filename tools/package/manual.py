"""A man page out of what a program says of itself."""

import re
import textwrap


def escape(text):
    """Text as roff takes it literally."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return re.sub(r"^\.", r"\\&.", text, flags=re.M)


def filled(text):
    """Text in short lines, as roff's sources are."""
    return escape("\n".join(textwrap.wrap(text, 76, break_on_hyphens=False, break_long_words=False)))


def is_example(text):
    lines = text.split("\n")
    return all(len(line) < 100 for line in lines) and (len(lines) > 1 or bool(re.match(r"mmrl-\S+ .*[^.]$", text)))


def paragraphs(text):
    """Lines of roff for paragraphs that empty lines part; those of several short lines stay as they are."""
    lines = []
    for block in filter(None, text.split("\n\n")):
        if is_example(block):
            lines += [".PP", ".nf", ".RS 4", escape(block), ".RE", ".fi"]
        else:
            lines += [".PP", *(filled(line) for line in block.split("\n"))]
    return lines


def arguments(command, is_shown):
    """Lines of roff for a command's arguments, under the titles that its help has."""
    lines, section = [], None
    for argument in command.arguments:
        if argument.is_shown != is_shown or not (argument.abstract or argument.names):
            continue
        if is_shown and argument.section and argument.section != section:
            section = argument.section
            lines += [".PP", f"\\fI{escape(section)}\\fR"]
        value = f"\\fI{escape(argument.value)}\\fR" if argument.value else ""
        names = ", ".join(f"\\fB{escape(name)}\\fR" for name in argument.names)
        text = argument.abstract
        if argument.values:
            text += f" One of {', '.join(argument.values)}."
        if argument.default and argument.kind == "option" and "default" not in argument.abstract:
            text += f" Default: {argument.default}."
        text = filled(text.strip()) or "\\&"
        if argument.kind == "flag" and lines and lines[-1] == text:
            # --this and --no-this.
            lines[-2] += f", {names}"
        else:
            lines += [".TP", f"{names} {value}".strip(), text]
    return lines


def page(name, version, date, program, subcommands):
    """The whole page.

    The order is that of man-pages(7); each subcommand has a part of its own with its synopsis.
    """
    lines = [
        f'.TH {name.upper()} 1 {date} "mmrl {version}" "User commands"',
        ".ad l",
        ".nh",
        ".SH NAME",
        f"{escape(name)} \\- {escape(program.abstract[0].lower() + program.abstract[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
    ]
    for usage in [*program.usage, *(u for c in subcommands for u in c.usage)]:
        if "|" in usage and re.fullmatch(rf"{name} [a-z |]+", usage):
            continue  # the list of subcommands, which follow
        if lines[-1] != ".SH SYNOPSIS":
            lines.append(".br")
        lines.append(f"\\fB{escape(name)}\\fR{escape(usage[len(name):])}")
    lines += [".SH DESCRIPTION", *paragraphs(program.discussion)[1:]]
    lines += [".SH OPTIONS", *arguments(program, True)]
    hidden = arguments(program, False)
    if hidden:
        lines += [".PP", "\\fIRarely used\\fR", *hidden]
    lines += [".PP", "\\fIGeneral\\fR", ".TP", "\\fB\\-\\-version\\fR", "Show the version."]
    lines += [".TP", "\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "Show the help of the program, or of a subcommand after whose name it stands."]
    lines += [".SH SUBCOMMANDS"]
    for command in subcommands:
        lines += [f".SS {escape(name)} {escape(command.name)}", filled(command.abstract)]
        lines += paragraphs(command.discussion)
        lines += arguments(command, True) + arguments(command, False)
    files = {
        "mmrl-run": [
            ("/usr/share/mmrl/default.mmrl", "The model that is used when none is named."),
            ("/etc/mmrl/", "A configuration file for each instance of the service \\fBmmrl\\-run@\\fR."),
            ("/var/lib/mmrl/", "Models and photos of the service's instances."),
        ],
        "mmrl-convert": [("/usr/share/mmrl/clip/", "A small CLIP, if the package mmrl\\-clip is installed.")],
    }
    lines += [".SH FILES"]
    for path, text in files[name]:
        lines += [".TP", f"\\fI{escape(path)}\\fR", text]
    other = "mmrl-convert" if name == "mmrl-run" else "mmrl-run"
    lines += [".SH SEE ALSO", f"\\fB{escape(other)}\\fR(1)"]
    return "\n".join(lines) + "\n"
