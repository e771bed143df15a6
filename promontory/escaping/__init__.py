"""How text that others wrote is put where people, shells, forges and programs read it: one rule for each place.

Ledger entries, reasons, names, answers of servers, YAML and file names may hold anything. Whoever puts them somewhere
takes the function for that place, and nobody writes one of their own:

- ``plain``: a terminal, a pipe, a log, a state's message, an error: nothing moves the cursor, or hides or reorders text
- ``json_text``: a document for programs, which is as safe to look at as plain text
- ``markdown``: an artifact, a form, an issue, a page: what was text stays text
- ``forge``: the same where GitHub, GitLab and Gitea read it: nobody is mentioned, nothing is closed, nothing obeyed
- ``shell``: a command to be pasted
- ``logs``: the log of a process, whoever prints or stores it
- ``mermaid``: a label in a graph
- ``chat``: a message of Slack, Teams, mail and the like
"""
