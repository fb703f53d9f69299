"""What there is: tags, segments, models."""

from datetime import datetime

from pydantic import Field

from serving.api.fields import Answer, Names
from serving.api.schemas.predict import Guarantee, Reason


class TagOutcome(Answer):
    """How the tag can be proved wrong."""

    type: str = Field(description="purchase, event, or reviewed", examples=["purchase"])
    categories: list[str] = Field(
        description="the catalogue's categories that an item must be of; empty: whatever the item"
    )
    events: list[str] = Field(
        description="of an event outcome the event types or roles that count", examples=[["rating"]]
    )
    at_least: float | None = Field(description="of an event outcome the least rating that counts")
    defined_by: list[str] = Field(description="attributes that define the tag; its model does not see them")


class TagAnswer(Answer):
    """One tag of the taxonomy."""

    key: str = Field(description="stable name for programs", examples=["coffee"])
    names: Names
    definition: Names
    kind: str = Field(examples=["interest"])
    method: str = Field(examples=["model"])
    outcome: TagOutcome | None = Field(
        description="how a model's tag is proved wrong; null where the method is another"
    )
    floor: float = Field(description="suggestions below this confidence are not shown", examples=[0.1])
    target_precision: float = Field(
        description="what the tag should reach when it is applied", examples=[0.8]
    )
    confidence: float = Field(
        description="how sure that has to be before the tag is applied without a person", examples=[0.9]
    )
    lifetime_days: int | None = Field(
        description="how long a decision or assignment holds; null: a rule's as long as the rule, others until "
        "somebody says otherwise",
        examples=[30],
    )
    values: list[str] | None = Field(
        description="the values that the tag may have; null: none, or whatever its rule gives",
        examples=[None],
    )
    group: str | None = Field(description="the group of tags that it belongs to", examples=[None])
    status: str = Field(description="draft, pilot, active or retired", examples=["active"])
    pilot_share: float | None = Field(
        description="of a pilot the share of customers who can get it", examples=[None]
    )
    version: int = Field(description="the version of its definition; 0 before it was ever kept", examples=[1])
    is_predicted: bool = Field(description="whether the models that serve now know the tag")
    not_predicted_because: Reason | None = Field(
        description="why no model predicts it, such as what training refused; null where one does, or none is to"
    )
    guarantee: Guarantee | None = Field(
        description="what is promised where it is applied; null where nothing is"
    )
    no_guarantee: Reason | None = Field(description="why nothing is promised; null where something is")


class TagsAnswer(Answer):
    """The taxonomy."""

    taxonomy_version: str = Field(description="changes with any change of the file")
    horizon_days: int = Field(description="how far an outcome looks ahead", examples=[30])
    tags: list[TagAnswer]


class TagEvidence(Answer):
    """What the last attempt to certify a tag found; without a promise, at the threshold that came nearest."""

    model: str = Field(description="the registered version that it is about", examples=["interest/3"])
    certified_on: datetime = Field(description="what was known then was used, and nothing later")
    target: float = Field(description="the precision that was asked for", examples=[0.8])
    confidence: float = Field(description="how sure it had to be", examples=[0.9])
    n: int = Field(description="held-back outcomes above the threshold, one a customer and cutoff")
    customers: int = Field(description="different customers among them")
    correct: int = Field(description="how many came true")
    precision: float | None = Field(description="their share; null without any")
    precision_low: float | None = Field(description="what the precision is at least, so sure")
    coverage: float = Field(description="the share of all that came true that lies above the threshold")
    drift: float = Field(description="how far the precision was allowed to move from month to month")
    more_labels: int | None = Field(
        description="how many more labels above the threshold would certify it: reviewed ones, or of an outcome that "
        "the events tell resolved ones; 0 where it is certified, null where no number would"
    )
    assumption: Reason | None = Field(description="what that number rests on; null without one")


class GuaranteeAnswer(Answer):
    """What is promised of a tag, and from what that is known."""

    key: str = Field(description="the tag", examples=["coffee"])
    names: Names
    target_precision: float = Field(description="what is to be reached", examples=[0.8])
    confidence: float = Field(description="how sure it has to be", examples=[0.9])
    guarantee: Guarantee | None = Field(description="what is promised; null where nothing is")
    no_guarantee: Reason | None = Field(description="why nothing is promised; null where something is")
    evidence: TagEvidence | None = Field(description="what was found; null where it was never tried")


class SegmentFigure(Answer):
    """A typical value of a segment."""

    key: str = Field(description="the feature", examples=["baskets_84d"])
    names: Names
    value: float | None


class SegmentAnswer(Answer):
    """One segment."""

    key: str = Field(
        description="stays while its members are mostly the same; never used again", examples=["segment_3"]
    )
    names: Names = Field(description="what it is like now; they may change while the key stays")
    size: int | None = Field(description="customers in it when it was trained")
    share: float | None = Field(description="of all customers when it was trained, from 0 to 1")
    found_again: float | None = Field(
        description="how much of it is found again among resampled customers (mean Jaccard index)",
        examples=[0.9],
    )
    profile: list[SegmentFigure] = Field(description="what is typical of it")


class SegmentsAnswer(Answer):
    """The segments of the models that serve now."""

    release_id: str
    stability: float | None = Field(
        description="mean adjusted Rand index with segments of resampled customers: 1 is the same again",
        examples=[0.9],
    )
    segments: list[SegmentAnswer]


class SegmentShare(Answer):
    """A share of a segment's customers that is in another segment."""

    key: str
    share: float


class SegmentStepAnswer(Answer):
    """What happened to a segment at one training."""

    version: int = Field(description="the registered version of the segments")
    compared_with: int | None = Field(description="the version that it was compared with; null for the first")
    until: datetime = Field(description="what was known then was used")
    change: str = Field(
        description="first, kept, merged, split, born; if it ended absorbed, split_up, dissolved, incomparable",
        examples=["kept"],
    )
    said: Names = Field(description="the same in words")
    overlap: float | None = Field(
        description="of the customers in either form the share in both; of kept ones"
    )
    flows: list[SegmentShare] = Field(
        description="which segments of the version before its customers were in; of one that ended, are in now"
    )
    names: Names
    customers: int | None = Field(description="in it when it was formed")


class SegmentHistoryAnswer(Answer):
    """What became of one segment over the trainings, newest first."""

    key: str
    names: Names
    serves: bool = Field(description="whether it is there now")
    steps: list[SegmentStepAnswer]


class ModelAnswer(Answer):
    """One registered model version that serves now."""

    name: str = Field(examples=["interest"])
    version: int = Field(examples=[3])
    run_id: str = Field(description="the training run in MLflow")
    made_from: dict[str, str] = Field(
        description="what it was trained on: until when, lake version, feature schema version, code version",
    )


class RefusedAnswer(Answer):
    """Something that was not learned from this data, and why."""

    part: str = Field(description="interest, reviewed, churn or segments", examples=["churn"])
    tag: str | None = Field(description="the tag that was left out; null for the whole part")
    because: Reason


class ModelsAnswer(Answer):
    """The models that serve now."""

    release_id: str
    taxonomy_version: str
    feature_schema_version: str
    models: dict[str, ModelAnswer] = Field(description="by part: interest, reviewed, churn, segments")
    refused: list[RefusedAnswer] = Field(description="what the last training refused to learn, and why")
