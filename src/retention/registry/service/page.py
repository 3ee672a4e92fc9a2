"""The page ``/docs``: what may be asked, with an example; whole in itself, so that it opens offline."""

import html
import json

from retention.registry.service.predictor import Predictor
from retention.tracking.models.columns import ColumnRule

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>retention {version}</title>
<style>body{{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}td{{padding:.1rem .8rem .1rem 0}}
pre{{background:#f3f3f3;padding:1rem;overflow:auto}}</style>
<h1>{name}, version {version}</h1>
<p>POST <code>/invocations</code> with customers as <code>dataframe_records</code>, <code>dataframe_split</code>,
<code>instances</code> or <code>inputs</code>. A <code>customer_id</code> comes back with its answer. With
<code>?details=true</code>, or <code>"params": {{"details": true}}</code>, and <code>monthly_profit</code> in each row,
the answer has segment, best offer and reasons. What is malformed, empty or impossible is refused with a sentence.
<a href="/openapi.json">OpenAPI</a>, <a href="/version">version</a>, <a href="/health">health</a>.</p>
<pre>curl -s -H 'Content-Type: application/json' ADDRESS/invocations -d '{example}'</pre>
<table>{rows}</table></html>"""


def render_page(predictor: Predictor) -> str:
    """Return the page as HTML."""
    version = predictor.champion.version
    example = {"dataframe_records": [{name: _pick(rule) for name, rule in predictor.rules.items()}]}
    rows = "".join(
        f"<tr><td>{name}</td><td>{html.escape(_tell(rule))}</td></tr>" for name, rule in predictor.rules.items()
    )
    return _PAGE.format(
        name=html.escape(version.name), version=version.number, rows=rows, example=html.escape(json.dumps(example))
    )


def _pick(rule: ColumnRule) -> str | float:
    return rule.categories[0] if rule.categories else max(rule.low, min(rule.high, 1.0))


def _tell(rule: ColumnRule) -> str:
    return ", ".join(rule.categories) or f"a number from {rule.low:g} to {rule.high:g}"
