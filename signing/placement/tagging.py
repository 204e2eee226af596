"""Put the seal's widget into the document's structure tree.

* PDF/UA-1 (ISO 14289-1) 7.18.4: a widget is inside a Form element, by an object reference.
* The widget's /StructParent leads back to that element through the parent tree
  (ISO 32000-1 14.7.4.4).
* The element says in which language its words are: the document may be in another, or say none
  (7.2).
* A document without a structure tree is left without one: it made no promise.
"""

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from signing.errors import InputNotPdfError

_DEPTH_LIMIT = 32


def tag_widget(
    pdf: pikepdf.Pdf,
    widget: pikepdf.Object,
    page: pikepdf.Object,
    *,
    alt_text: str,
    language: str,
) -> int | None:
    """Add a Form element for the widget at the end of the document's structure.

    Returns:
        What the widget's /StructParent must be; ``None`` if the document has no structure.

    Raises:
        InputNotPdfError: The structure tree is damaged.
    """
    tree = pdf.Root.get("/StructTreeRoot")
    if tree is None:
        return None
    parent = _document_element(tree)
    element = pdf.make_indirect(
        Dictionary(
            Type=Name.StructElem,
            S=Name.Form,
            P=parent,
            Pg=page,
            Alt=String(alt_text),
            Lang=String(language),
            K=Dictionary(Type=Name.OBJR, Obj=widget, Pg=page),
        )
    )
    _append_child(parent, element)
    key = _next_key(tree)
    _add_to_parent_tree(tree, key, element)
    tree.ParentTreeNextKey = key + 1
    return key


def _document_element(tree: pikepdf.Object) -> pikepdf.Object:
    kids = tree.get("/K")
    first = kids[0] if isinstance(kids, Array) and len(kids) else kids
    if isinstance(first, Dictionary) and first.get("/S") == Name.Document:
        return first
    return tree


def _append_child(parent: pikepdf.Object, element: pikepdf.Object) -> None:
    if "/K" not in parent:
        parent.K = Array([element])
        return
    kids: object = parent.K
    if isinstance(kids, Array):
        kids.append(element)
    else:  # a single child: an element, a reference or a content number
        parent.K = Array([parent.K, element])


def _next_key(tree: pikepdf.Object) -> int:
    declared: object = tree.get("/ParentTreeNextKey")
    highest = max(_keys(tree.get("/ParentTree"), 0), default=-1)
    return max(highest + 1, int(declared) if isinstance(declared, pikepdf.Integer | int) else 0)


def _keys(node: object, depth: int) -> list[int]:
    if not isinstance(node, Dictionary) or depth > _DEPTH_LIMIT:
        return []
    numbers = node.get("/Nums")
    found = [int(value) for value in list(numbers)[::2]] if isinstance(numbers, Array) else []
    kids = node.get("/Kids")
    for kid in list(kids) if isinstance(kids, Array) else []:
        found += _keys(kid, depth + 1)
    return found


def _add_to_parent_tree(tree: pikepdf.Object, key: int, element: pikepdf.Object) -> None:
    node = tree.get("/ParentTree")
    if node is None:
        tree.ParentTree = Dictionary(Nums=Array([key, element]))
        return
    # The key is the highest, so its place is at the end of the last leaf.
    for _ in range(_DEPTH_LIMIT):
        if "/Limits" in node:
            node.Limits[1] = key
        kids = node.get("/Kids")
        if isinstance(kids, Array) and len(kids):
            node = kids[len(kids) - 1]
            continue
        if "/Nums" not in node:
            node.Nums = Array()
        node.Nums.extend(Array([key, element]))
        return
    raise InputNotPdfError
