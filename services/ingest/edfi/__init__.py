"""The part of the Ed-Fi API (Data Standard 5) that a school's information system needs to send attendance."""
