"""The seven resources as their JSON is (Ed-Fi Data Standard 5). Property names are Ed-Fi's.

Properties that the standard knows and Rollcall does not need are kept as they came; unknown ones are errors.
Where a pupil was born, citizenship, visas and identity papers are never kept.
"""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StringConstraints
from pydantic.config import JsonDict

from services.ingest.records import Day, Id

IDENTITY: JsonDict = {"x-Ed-Fi-isIdentity": True}


def _text(longest: int) -> StringConstraints:
    return StringConstraints(strict=True, min_length=1, max_length=longest, pattern=r"^[^\x00-\x1f]+$")


Descriptor = Annotated[str, StringConstraints(strict=True, pattern=r"^[^\x00-\x1f#]+#[^\x00-\x1f#]+$", max_length=306)]
UniqueId = Annotated[Id, StringConstraints(max_length=32)]
Time = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$")]
SchoolId = Annotated[StrictInt, Field(gt=0, lt=2**63)]
SchoolYear = Annotated[StrictInt, Field(ge=1990, le=2100)]
Name = Annotated[str, _text(75)]
Text = Annotated[str, _text(1024)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kept(BaseModel):
    """Kept as it came."""

    model_config = ConfigDict(extra="allow", frozen=True)


Collection = tuple[Kept, ...] | None


class Reference(Shape):
    link: Kept | None = Field(default=None, exclude=True)


class SchoolReference(Reference):
    schoolId: SchoolId = Field(json_schema_extra=IDENTITY)


class StudentReference(Reference):
    studentUniqueId: UniqueId = Field(json_schema_extra=IDENTITY)


class ContactReference(Reference):
    contactUniqueId: UniqueId = Field(json_schema_extra=IDENTITY)


class SchoolYearTypeReference(Reference):
    schoolYear: SchoolYear = Field(json_schema_extra=IDENTITY)


class SessionReference(Reference):
    schoolId: SchoolId = Field(json_schema_extra=IDENTITY)
    schoolYear: SchoolYear = Field(json_schema_extra=IDENTITY)
    sessionName: Annotated[str, _text(60)] = Field(json_schema_extra=IDENTITY)


class School(Shape):
    schoolId: SchoolId = Field(json_schema_extra=IDENTITY)
    nameOfInstitution: Annotated[str, _text(75)]
    shortNameOfInstitution: Name | None = None
    webSite: Text | None = None
    administrativeFundingControlDescriptor: Descriptor | None = None
    charterApprovalAgencyTypeDescriptor: Descriptor | None = None
    charterApprovalSchoolYearTypeReference: Kept | None = None
    charterStatusDescriptor: Descriptor | None = None
    internetAccessDescriptor: Descriptor | None = None
    localEducationAgencyReference: Kept | None = None
    magnetSpecialProgramEmphasisSchoolDescriptor: Descriptor | None = None
    operationalStatusDescriptor: Descriptor | None = None
    schoolTypeDescriptor: Descriptor | None = None
    titleIPartASchoolDesignationDescriptor: Descriptor | None = None
    addresses: Collection = None
    educationOrganizationCategories: Collection = None
    gradeLevels: Collection = None
    identificationCodes: Collection = None
    indicators: Collection = None
    institutionTelephones: Collection = None
    internationalAddresses: Collection = None
    schoolCategories: Collection = None


class Session(Shape):
    schoolReference: SchoolReference
    schoolYearTypeReference: SchoolYearTypeReference
    sessionName: Annotated[str, _text(60)] = Field(json_schema_extra=IDENTITY)
    beginDate: Day
    endDate: Day
    termDescriptor: Descriptor
    totalInstructionalDays: Annotated[StrictInt, Field(ge=0, le=366)]
    academicWeeks: Collection = None
    gradingPeriods: Collection = None


class Student(Shape):
    studentUniqueId: UniqueId = Field(json_schema_extra=IDENTITY)
    firstName: Name
    lastSurname: Name
    birthDate: Day
    middleName: Name | None = None
    maidenName: Name | None = None
    preferredFirstName: Name | None = None
    preferredLastSurname: Name | None = None
    generationCodeSuffix: Name | None = None
    personalTitlePrefix: Name | None = None
    birthSexDescriptor: Descriptor | None = None
    multipleBirthStatus: StrictBool | None = None
    personReference: Kept | None = None
    otherNames: Collection = None
    birthCity: Text | None = Field(default=None, exclude=True)
    birthCountryDescriptor: Descriptor | None = Field(default=None, exclude=True)
    birthInternationalProvince: Text | None = Field(default=None, exclude=True)
    birthStateAbbreviationDescriptor: Descriptor | None = Field(default=None, exclude=True)
    citizenshipStatusDescriptor: Descriptor | None = Field(default=None, exclude=True)
    dateEnteredUS: date | None = Field(default=None, exclude=True)
    identificationDocuments: Collection = Field(default=None, exclude=True)
    personalIdentificationDocuments: Collection = Field(default=None, exclude=True)
    visas: Collection = Field(default=None, exclude=True)


class Address(Shape):
    addressTypeDescriptor: Descriptor
    streetNumberName: Annotated[str, _text(150)]
    city: Annotated[str, _text(30)]
    stateAbbreviationDescriptor: Descriptor
    postalCode: Annotated[str, _text(17)]
    apartmentRoomSuiteNumber: Annotated[str, _text(50)] | None = None
    buildingSiteNumber: Annotated[str, _text(20)] | None = None
    congressionalDistrict: Text | None = None
    countyFIPSCode: Text | None = None
    doNotPublishIndicator: StrictBool | None = None
    latitude: Text | None = None
    localeDescriptor: Descriptor | None = None
    longitude: Text | None = None
    nameOfCounty: Text | None = None
    periods: Collection = None


class ElectronicMail(Shape):
    electronicMailAddress: Annotated[str, _text(128)]
    electronicMailTypeDescriptor: Descriptor
    doNotPublishIndicator: StrictBool | None = None
    primaryEmailAddressIndicator: StrictBool | None = None


class Telephone(Shape):
    telephoneNumber: Annotated[str, _text(24)]
    telephoneNumberTypeDescriptor: Descriptor
    doNotPublishIndicator: StrictBool | None = None
    orderOfPriority: StrictInt | None = None
    textMessageCapabilityIndicator: StrictBool | None = None


class LanguageUse(Shape):
    languageUseDescriptor: Descriptor


class Language(Shape):
    languageDescriptor: Descriptor
    uses: tuple[LanguageUse, ...] = ()


class Contact(Shape):
    contactUniqueId: UniqueId = Field(json_schema_extra=IDENTITY)
    firstName: Name
    lastSurname: Name
    middleName: Name | None = None
    maidenName: Name | None = None
    preferredFirstName: Name | None = None
    preferredLastSurname: Name | None = None
    generationCodeSuffix: Name | None = None
    genderIdentity: Text | None = Field(default=None, exclude=True)
    highestCompletedLevelOfEducationDescriptor: Descriptor | None = None
    loginId: Text | None = None
    personalTitlePrefix: Name | None = None
    sexDescriptor: Descriptor | None = None
    personReference: Kept | None = None
    addresses: tuple[Address, ...] = ()
    electronicMails: tuple[ElectronicMail, ...] = ()
    languages: tuple[Language, ...] = ()
    telephones: tuple[Telephone, ...] = ()
    internationalAddresses: Collection = None
    otherNames: Collection = None
    personalIdentificationDocuments: Collection = Field(default=None, exclude=True)


class StudentContactAssociation(Shape):
    contactReference: ContactReference
    studentReference: StudentReference
    relationDescriptor: Descriptor | None = None
    contactPriority: StrictInt | None = None
    contactRestrictions: Annotated[str, _text(250)] | None = None
    emergencyContactStatus: StrictBool | None = None
    legalGuardian: StrictBool | None = None
    livesWith: StrictBool | None = None
    primaryContactStatus: StrictBool | None = None


class StudentSchoolAssociation(Shape):
    entryDate: Day = Field(json_schema_extra=IDENTITY)
    schoolReference: SchoolReference
    studentReference: StudentReference
    entryGradeLevelDescriptor: Descriptor | None = None
    exitWithdrawDate: Day | None = None
    calendarReference: Kept | None = None
    classOfSchoolYearTypeReference: Kept | None = None
    graduationPlanReference: Kept | None = None
    nextYearSchoolReference: Kept | None = None
    schoolYearTypeReference: Kept | None = None
    employedWhileEnrolled: StrictBool | None = None
    enrollmentTypeDescriptor: Descriptor | None = None
    entryGradeLevelReasonDescriptor: Descriptor | None = None
    entryTypeDescriptor: Descriptor | None = None
    exitWithdrawTypeDescriptor: Descriptor | None = None
    fullTimeEquivalency: StrictFloat | StrictInt | None = None
    nextYearGradeLevelDescriptor: Descriptor | None = None
    primarySchool: StrictBool | None = None
    repeatGradeIndicator: StrictBool | None = None
    residencyStatusDescriptor: Descriptor | None = None
    schoolChoice: StrictBool | None = None
    schoolChoiceBasisDescriptor: Descriptor | None = None
    schoolChoiceTransfer: StrictBool | None = None
    termCompletionIndicator: StrictBool | None = None
    alternativeGraduationPlans: Collection = None
    educationPlans: Collection = None


class StudentSchoolAttendanceEvent(Shape):
    attendanceEventCategoryDescriptor: Descriptor = Field(json_schema_extra=IDENTITY)
    eventDate: Day = Field(json_schema_extra=IDENTITY)
    schoolReference: SchoolReference
    sessionReference: SessionReference
    studentReference: StudentReference
    arrivalTime: Time | None = None
    attendanceEventReason: Annotated[str, _text(255)] | None = None
    departureTime: Time | None = None
    educationalEnvironmentDescriptor: Descriptor | None = None
    eventDuration: Annotated[float, Field(ge=0, le=1, strict=True)] | None = None
    schoolAttendanceDuration: Annotated[StrictInt, Field(ge=0, le=1440)] | None = None
