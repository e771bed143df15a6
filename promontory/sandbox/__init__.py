"""The sandbox: a sample GitOps repository, and a small cluster that follows a repository as Argo CD or Flux would."""
