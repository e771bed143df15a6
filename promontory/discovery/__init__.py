"""What a GitOps repository looks like, and the promontory.yaml that fits it: the work of `promontory init`.

::

    looking       the repository → Seen             which files there are, read within bounds
    layouts/      Seen → findings                   one small file each: what in these files names a release, and where
    proving       a finding → what it runs now      the strategy itself reads it, or it is not proposed
    composing     findings and choices → Proposal   applications, environments and their order, questions
    writing       Proposal → promontory.yaml        with a comment for each decision

Nothing here changes a repository, and only `looking` opens one.
"""
