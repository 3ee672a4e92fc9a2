"""From the exports to the artifacts by their digests, each computed again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retention.errors import UserError
from retention.paths import Paths
from retention.registry.verify.link import UnprovenError, need
from retention.registry.verify.recorded import Output, Pipeline, hash_path, read_yaml
from retention.settings import check_params
from retention.tracking.provenance import ask_git
from retention.tracking.store.digest import hash_md5


def check_exports(pipeline: Pipeline) -> str:
    """Compare ``data/`` with ``data.dvc`` and ``dvc.lock``."""
    need(pipeline.root / "data", pipeline.root / "data.dvc")
    data, found = pipeline.data, hash_path(pipeline.root / "data")
    if found != data.md5:
        raise UserError(f"{pipeline.name_changed(data)} is not what data.dvc names")
    for name, stage in pipeline.recorded.items():
        if any(one.path == "data" and one.md5 != found for one in stage.deps):
            raise UserError(f"by dvc.lock, stage {name} was run on other exports than those of data.dvc")
    return f"data/ is what data.dvc and dvc.lock name, {found[:12]}"


def check_settings(pipeline: Pipeline, paths: Paths) -> str:
    """Compare ``params.yaml`` with what each stage was run with, and with ``conf/``."""
    present = read_yaml(paths.params)
    for name, stage in pipeline.recorded.items():
        for key, value in stage.params.get(paths.params.name, {}).items():
            if _look_up(present, key) != value:
                raise UserError(f"by dvc.lock, stage {name} was run with another {key} than {paths.params.name} has")
    try:
        check_params(paths.conf, paths.params)
    except UserError as error:
        raise UnprovenError(f"params.yaml is what the stages were run with, but {error}") from None
    return "params.yaml is what conf/ gives and each stage was run with"


def _look_up(content: Any, key: str) -> object:
    for part in key.split("."):
        content = content.get(part) if isinstance(content, dict) else None
    return content


def check_code(pipeline: Pipeline) -> str:
    """Compare ``src/`` and ``dvc.yaml`` with what each stage was run by, and with the commit."""
    digests: dict[str, str] = {}
    for name, stage in pipeline.recorded.items():
        declared = pipeline.declared[name]
        named = (stage.cmd, {one.path for one in stage.deps}, {one.path for one in stage.outs})
        if named != (declared.cmd, set(declared.deps), set(declared.made)):
            raise UserError(f"stage {name} is another one in dvc.lock than in dvc.yaml")
        for one in (one for one in stage.deps if one.path.startswith("src/")):
            digests.setdefault(one.path, hash_path(pipeline.root / one.path))
            if digests[one.path] != one.md5:
                raise UserError(f"stage {name} was run by another {one.path} than is here")
    commit = _check_committed(pipeline.root, "src", "conf", "dvc.yaml", "pyproject.toml", "requirements.lock")
    return f"src/ and dvc.yaml are what each stage was run by, and those of commit {commit}"


def _check_committed(root: Path, *names: str) -> str:
    commit = ask_git(root, "rev-parse", "--short=12", "HEAD")
    if not commit:
        raise UnprovenError("it fits, but there is no git commit here to compare it with")
    if changed := ask_git(root, "status", "--porcelain", "--", *names):
        first = changed.splitlines()[0].split()[-1]
        raise UnprovenError(f"it fits, but {first} is not as in commit {commit}: nobody vouches for it")
    return commit


def check_lock(pipeline: Pipeline) -> str:
    """Look whether what a stage read is what the stage before it wrote, by ``dvc.lock`` itself and the commit."""
    made = {one.path: (name, one.md5) for name, stage in pipeline.recorded.items() for one in stage.outs}
    for name, stage in pipeline.recorded.items():
        for one in stage.deps:
            maker, md5 = made.get(one.path, ("", one.md5))
            if md5 != one.md5:
                raise UserError(f"stage {name} read another {one.path} than stage {maker} wrote: the lock was mixed")
    commit = _check_committed(pipeline.root, "dvc.lock", "data.dvc", "params.yaml")
    return f"what each stage read is what the one before it wrote; it is that of commit {commit}"


def check_stages(pipeline: Pipeline) -> str:
    """Compare every output with what ``dvc.lock`` records."""
    outputs = list(_list_outputs(pipeline))
    for name, one in outputs:
        if (pipeline.root / one.path).exists() and hash_path(pipeline.root / one.path) != one.md5:
            raise UserError(f"{pipeline.name_changed(one)} is not what stage {name} wrote by dvc.lock")
    need(*(pipeline.root / one.path for _, one in outputs))
    return f"{len(outputs)} outputs of {len(pipeline.recorded)} stages are what dvc.lock names"


def _list_outputs(pipeline: Pipeline) -> Iterator[tuple[str, Output]]:
    """Yield stage and output, but for the receipt, which is of a store and not of the run."""
    return ((name, one) for name, stage in pipeline.recorded.items() if name != "publish" for one in stage.outs)


def check_cache(pipeline: Pipeline) -> str:
    """Compute the digest of every object of the run in DVC's cache, which DVC takes for good as it lies there."""
    looked_at = 0
    for output in (pipeline.data, *(one for _, one in _list_outputs(pipeline))):
        folder = {output.path: output.md5} if output.md5.endswith(".dir") else {}
        for path, md5 in (folder | pipeline.list_objects(output)).items():
            if kept := pipeline.find_object(md5):
                looked_at += 1
                if hash_md5(kept) != md5.removesuffix(".dir"):
                    raise UserError(
                        f"the object of {path} in DVC's cache is rotten: delete {kept.relative_to(pipeline.root)}, and "
                        "`dvc commit` puts it back from the file, or `dvc pull` from a remote"
                    )
    if not looked_at:
        raise UnprovenError("DVC's cache holds nothing of this run")
    return f"{looked_at} objects of this run in DVC's cache have the content that they are named by"
