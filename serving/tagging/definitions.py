"""Definitions behind the API: read, changed, retired, and packs activated."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from core.errors import FieldError, InvalidInputError
from core.language import Language, Text
from features.spec import FeatureSpec
from serving.service import Service
from tags.catalogue.changing import define, retire_tag, spec_now
from tags.catalogue.impact import impact_of
from tags.catalogue.store import Version, check_version, merged, read_taxonomy, versions_of
from tags.definition import Tag, TagGroup
from tags.packs.activating import activate, is_active
from tags.packs.deactivating import deactivate
from tags.packs.naming import Choices
from tags.packs.pack import PACKS, read_pack
from tags.taxonomy import Taxonomy, no_such_tag


@dataclass(frozen=True)
class Definitions:
    """The tags of a server's store. Its methods may be called from several threads at once."""

    service: Service

    def read(self, key: str) -> dict[str, Any]:
        """The version of a tag that counts.

        Raises:
            NotFoundError: There is no such tag.
        """
        return self.versions(key)["versions"][0]  # type: ignore[no-any-return]  # made right below

    def versions(self, key: str) -> dict[str, Any]:
        """Every version, the newest first.

        Raises:
            NotFoundError: There is no such tag.
        """
        with self.service.store.read() as connection:
            found = versions_of(connection, key)
            if not found:
                raise no_such_tag(key, (tag.key for tag in self._known(connection).tags))
        return {"versions": [_plain(key, version) for version in found]}

    def put(self, tag: Tag, *, by: str, expected: int | None, note: str | None) -> dict[str, Any]:
        """The version that counts after the tag was defined; a new one where it says something new.

        Raises:
            ConflictError: `expected` is not the version that counts.
            InvalidInputError: It does not go together with the other tags, or a rule cannot be used.
        """
        spec = self._spec([tag])
        with self.service.store.write() as connection:
            if expected is not None:
                check_version(connection, tag.key, expected)
            saved = define(connection, [tag], spec=spec, by=by, now=self.service.now(), note=note)
        return {**self.read(tag.key), "is_new": bool(saved.new_versions)}

    def retire(self, key: str, *, by: str, note: str | None, force: bool) -> dict[str, Any]:
        """The last version, after the tag was retired.

        Raises:
            NotFoundError: There is no such tag.
            ConflictError: Rules look at it, and nobody says that they may go without.
        """
        with self.service.store.write() as connection:
            saved = retire_tag(connection, key, by=by, now=self.service.now(), note=note, force=force)
        return {**self.read(key), "is_new": bool(saved.new_versions)}

    def impact(self, key: str) -> dict[str, Any]:
        """What depends on a tag; see `tags.catalogue.impact`."""
        with self.service.store.read() as connection:
            return asdict(impact_of(connection, self._known(connection), key, self.service.now()))

    def groups(self) -> dict[str, Any]:
        """The groups of tags."""
        with self.service.store.read() as connection:
            groups = self._known(connection).groups_of_tags
        return {"groups": [group.model_dump(mode="json") for group in groups]}

    def put_group(self, group: TagGroup, *, by: str) -> dict[str, Any]:
        """The group as it is now.

        Raises:
            InvalidInputError: It does not go together with the tags.
        """
        with self.service.store.write() as connection:
            define(connection, (), [group], spec=None, by=by, now=self.service.now())
        return group.model_dump(mode="json")

    def packs(self) -> dict[str, Any]:
        """The packs, and which were activated."""
        with self.service.store.read() as connection:
            return {
                "packs": [
                    {
                        "key": pack.key,
                        "names": pack.name.model_dump(),
                        "definition": pack.definition.model_dump(),
                        "is_active": is_active(connection, pack),
                    }
                    for pack in map(read_pack, PACKS)
                ]
            }

    def activate(
        self,
        key: str,
        *,
        by: str,
        choices: Choices,
        include: Collection[str],
        force: bool,
        dry_run: bool,
        language: Language,
    ) -> dict[str, Any]:
        """What activating a pack did; see `tags.packs.activating`."""
        with self.service.store.read() as connection:
            known = self._known(connection)
        done = activate(
            self.service.settings,
            self.service.store,
            self.service.clock,
            read_pack(key),
            known,
            by=by,
            choices=choices,
            include=include,
            force=force,
            dry_run=dry_run,
        )
        return {
            "pack": key,
            "tags": [tag.key for tag in done.fitted.tags],
            "changed": [tag.key for tag in done.taken.tags],
            "retired": list(done.taken.retired),
            "read_as": dict(done.fitted.read_as),
            "left_out": [
                {"key": one.key, "because": one.because.render(language)} for one in done.fitted.left_out
            ],
        }

    def deactivate(self, key: str, *, by: str, force: bool, dry_run: bool) -> dict[str, Any]:
        """What deactivating a pack did; see `tags.packs.deactivating`."""
        with self.service.store.write() as connection:
            now = self.service.now()
            done = deactivate(connection, read_pack(key), by=by, now=now, force=force, dry_run=dry_run)
        return {"pack": key, "retired": list(done.retired), "kept": list(done.kept)}

    def _known(self, connection: Connection) -> Taxonomy:
        return read_taxonomy(connection) or self.service.live.taxonomy

    def _spec(self, tags: Collection[Tag]) -> FeatureSpec | None:
        """What rules can name; not asked for where no tag has one."""
        if not any(tag.rule or tag.trigger for tag in tags):
            return None
        with self.service.store.read() as connection:
            after = merged(read_taxonomy(connection), tags, ())
        return spec_now(self.service.settings, self.service.store, after)


def _plain(key: str, version: Version) -> dict[str, Any]:
    return {
        "key": key,
        "version": version.version,
        "definition": version.tag.model_dump(mode="json"),
        "made_by": version.made_by,
        "origin": version.origin,
        "made_at": version.made_at,
        "note": version.note,
    }


def same_key(path: str, body: str) -> None:
    """Say nothing when the key in the path is the one of the body.

    Raises:
        InvalidInputError: They differ.
    """
    if path != body:
        text = Text("the path says {path}, the body {body}", {"path": repr(path), "body": repr(body)})
        raise InvalidInputError(text.message, fields=(FieldError("key", text, "other_key"),), **text.values)


Work = Callable[[], dict[str, Any]]
