"""Completion scripts for bash, zsh and fish out of what a program says of itself."""


def quoted(text):
    """A word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def visible(command):
    return [a for a in command.arguments if a.names and a.is_shown]


def scripts(name, program, subcommands):
    """For each shell: the file's name and what is in it."""
    return {
        "bash": (name, bash(name, program, subcommands)),
        "zsh": (f"_{name}", zsh(name, program, subcommands)),
        "fish": (f"{name}.fish", fish(name, program, subcommands)),
    }


def bash(name, program, subcommands):
    function = "_" + name.replace("-", "_")

    def cases(command):
        """What the word after an option, a word that begins with -, and any other word can be."""
        lines = ['    case "$prev" in']
        for argument in (a for a in command.arguments if a.names and a.value):
            pattern = "|".join(argument.names)
            if argument.values:
                lines.append(f"      {pattern}) COMPREPLY=($(compgen -W {quoted(' '.join(argument.values))} -- \"$cur\")); return ;;")
            elif argument.takes == "device":
                lines.append(f'      {pattern}) COMPREPLY=($(compgen -G "/dev/video*" | grep -F -- "$cur")); return ;;')
            elif argument.takes == "folder":
                lines.append(f"      {pattern}) compopt -o dirnames; return ;;")
            elif argument.takes == "file":
                lines.append(f"      {pattern}) compopt -o default; return ;;")
            else:
                lines.append(f"      {pattern}) return ;;")
        words = [n for a in visible(command) for n in a.names] + ["--help", "--version"]
        lines += ["    esac", f"    options={quoted(' '.join(words))}"]
        positional = [a for a in command.arguments if not a.names and a.values]
        lines.append(f"    values={quoted(' '.join(v for a in positional for v in a.values))}")
        return lines

    names = [c.name for c in subcommands]
    lines = [
        f"# bash completion for {name}",
        f"{function}() {{",
        '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} options values',
        "  COMPREPLY=()",
        '  case "${COMP_WORDS[1]}" in',
    ]
    for command in subcommands:
        lines += [f"  {command.name})", *cases(command), "    ;;"]
    lines += ["  *)", *cases(program), f'    [ "$COMP_CWORD" -ne 1 ] || values={quoted(" ".join(names))}', "    ;;", "  esac"]
    lines += [
        '  if [[ $cur == -* ]]; then',
        '    COMPREPLY=($(compgen -W "$options" -- "$cur"))',
        "  else",
        "    compopt -o default",
        '    COMPREPLY=($(compgen -W "$values" -- "$cur"))',
        # Files beside the subcommands.
        '    [ ${#COMPREPLY[@]} -eq 0 ] || [ -z "$cur" ] || COMPREPLY+=($(compgen -f -- "$cur"))',
        "  fi",
        "}",
        f"complete -F {function} {name}",
    ]
    return "\n".join(lines) + "\n"


def zsh(name, program, subcommands):
    function = "_" + name

    def text(string):
        return string.replace("\\", "\\\\").replace(":", "\\:").replace("[", "\\[").replace("]", "\\]")

    def action(argument):
        if argument.values:
            return f"({' '.join(argument.values)})"
        return {"device": '_files -g "/dev/video*"', "folder": "_files -/", "file": "_files"}.get(argument.takes, " ")

    def specs(command):
        lines = []
        for a in visible(command):
            repeated = "*" if a.is_repeating else ""
            value = f":{text(a.value)}:{action(a)}" if a.value else ""
            excluded = "" if a.is_repeating or len(a.names) == 1 else f"({' '.join(a.names)})"
            lines += [quoted(f"{excluded}{repeated}{n}[{text(a.abstract)}]{value}") for n in a.names]
        lines += [quoted("(-h --help)--help[Show help information.]"), quoted("--version[Show the version.]")]
        positional = [a for a in command.arguments if not a.names]
        for a in positional:
            star = "*" if a.is_repeating else ""
            where = action(a)
            lines.append(quoted(f"{star}:{text(a.value)}:{'_files' if where == ' ' and command is program else where}"))
        return lines

    lines = [f"#compdef {name}", ""]
    for command in subcommands:
        lines += [f"{function}_{command.name}() {{", "  _arguments -s -S : \\"]
        lines += [f"    {s} \\" for s in specs(command)[:-1]] + [f"    {specs(command)[-1]}", "}", ""]
    lines += [f"{function}_commands() {{", "  local -a commands=("]
    lines += [f"    {quoted(c.name + ':' + text(c.abstract))}" for c in subcommands]
    lines += ["  )", "  _describe -t commands subcommand commands", "}", ""]
    lines += [f"{function}() {{", "  if (( CURRENT > 2 )); then", '    case "$words[2]" in']
    lines += [f"      {'|'.join(c.name for c in subcommands)}) local sub=$words[2]; shift words; (( CURRENT-- )); {function}_$sub; return ;;"]
    lines += ["    esac", "  fi", "  local ret=1", f"  (( CURRENT != 2 )) || [[ $words[2] == -* ]] || {function}_commands && ret=0", "  _arguments -s -S : \\"]
    lines += [f"    {s} \\" for s in specs(program)] + ["    && ret=0", "  return ret", "}", "", f'{function} "$@"']
    return "\n".join(lines) + "\n"


def fish(name, program, subcommands):
    names = " ".join(c.name for c in subcommands)
    own = f"not __fish_seen_subcommand_from {names}"
    lines = [f"# fish completion for {name}"]
    for c in subcommands:
        lines.append(f"complete -c {name} -n __fish_use_subcommand -a {c.name} -d {escape_fish(c.abstract)}")
    for command, condition in [(program, own), *((c, f"__fish_seen_subcommand_from {c.name}") for c in subcommands)]:
        for a in visible(command):
            parts = [f"complete -c {name} -n {quoted(condition)}"]
            parts += [f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in a.names]
            if a.value:
                if a.values:
                    parts.append(f"-x -a {quoted(' '.join(a.values))}")
                elif a.takes == "device":
                    parts.append("-x -a '(string match -r \"/dev/video.*\" /dev/*)'")
                elif a.takes == "folder":
                    parts.append("-x -a '(__fish_complete_directories)'")
                else:
                    parts.append("-r" if a.takes == "file" else "-x")
            lines.append(" ".join([*parts, "-d", escape_fish(a.abstract)]))
        for a in (a for a in command.arguments if not a.names and a.values):
            lines.append(f"complete -c {name} -n {quoted(condition)} -a {quoted(' '.join(a.values))}")
    lines.append(f"complete -c {name} -s h -l help -d 'Show help information.'")
    lines.append(f"complete -c {name} -l version -d 'Show the version.'")
    return "\n".join(lines) + "\n"


def escape_fish(text):
    """A word of fish, where a quote is escaped within quotes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
