-- Tax profiles in time (TaxTreatment) of the cooperative itself, which supplies what it charges; nothing until they are entered.
CREATE TABLE mkt_own_tax_version (
  from_day           bigint PRIMARY KEY,
  treatment          bigint NOT NULL,
  rate_basis_points  bigint NOT NULL
);

-- A reseller's profile (4, reverse charge) has a rate from now on, towards who is no reseller: 19 %, § 12 (1) UStG.
UPDATE mkt_tax_version SET rate_basis_points = 1900 WHERE treatment = 4 AND rate_basis_points = 0;
