-- What all seeds share: draws that are the same on every machine, the calendar, and where people live.

-- draw is a whole number from 0 to n-1, and chance a number from 0 to below 1. Streams do not depend on each other.
CREATE MACRO draw(stream, id, n) AS CAST(md5_number(concat(stream, ':', id)) >> 65 AS BIGINT) % CAST(n AS BIGINT);
CREATE MACRO chance(stream, id) AS draw(stream, id, 1000000) / 1000000.0;
CREATE MACRO pick(stream, id, list) AS list[1 + draw(stream, id, len(list))];

-- instant is a moment of a day in UTC, most often in the afternoon.
CREATE MACRO instant(stream, id, day) AS to_timestamp(
  epoch(CAST(day AS TIMESTAMP)) + 25200 + CAST(floor((chance(stream || '.h', id) + chance(stream || '.m', id)) * 28800) AS BIGINT));

-- Two years of days. weight says how busy a day is, upto adds the weights up: people buy at weekends and before Christmas, and
-- the shop grows.
CREATE TABLE calendar AS
SELECT day, weight, sum(weight) OVER (ORDER BY day) - weight AS since, sum(weight) OVER (ORDER BY day) AS upto
FROM (
  SELECT CAST(d AS DATE) AS day,
    [1.0, 0.95, 0.95, 1.0, 1.1, 1.25, 1.3][isodow(d)]
    * [0.9, 0.85, 1.0, 1.0, 1.05, 0.95, 0.85, 0.85, 1.0, 1.05, 1.5, 1.7][month(d)]
    * (1 + 0.6 * date_diff('day', DATE '2024-11-01', CAST(d AS DATE)) / 730.0) AS weight
  FROM generate_series(TIMESTAMP '2024-11-01', TIMESTAMP '2026-10-31', INTERVAL 1 DAY) AS s(d)
);

CREATE TABLE countries AS
SELECT code, dial, weight, sum(weight) OVER (ORDER BY place) - weight AS since, firsts, lasts, streets
FROM (VALUES
  (1, 'DE', '+49', 32,
    ['Anna', 'Lukas', 'Marie', 'Jonas', 'Lena', 'Paul', 'Sophie', 'Felix', 'Katharina', 'Jürgen', 'Clara', 'Moritz', 'Frieda', 'Nils', 'Greta', 'Sören'],
    ['Müller', 'Schmidt', 'Schneider', 'Fischer', 'Weber', 'Wagner', 'Becker', 'Hoffmann', 'Schäfer', 'Koch', 'Richter', 'Groß', 'Vogel', 'Brandt', 'Lindner', 'Öztürk'],
    ['Hauptstraße', 'Gartenweg', 'Lindenallee', 'Bahnhofstraße', 'Mühlenweg', 'Am Markt']),
  (2, 'AT', '+43', 8,
    ['Johanna', 'Maximilian', 'Magdalena', 'Tobias', 'Theresa', 'Florian', 'Valentina', 'Matthias', 'Elisabeth', 'Raphael'],
    ['Gruber', 'Huber', 'Wagner', 'Pichler', 'Steiner', 'Moser', 'Mayer', 'Hofer', 'Leitner', 'Eder'],
    ['Ringstraße', 'Schulgasse', 'Kirchengasse', 'Bergweg', 'Donaulände']),
  (3, 'CH', '+41', 7,
    ['Noah', 'Mia', 'Luca', 'Elin', 'Leandro', 'Alina', 'Matteo', 'Chiara', 'Reto', 'Seraina'],
    ['Meier', 'Keller', 'Brunner', 'Baumann', 'Frei', 'Zürcher', 'Favre', 'Rossi', 'Bernasconi', 'Ammann'],
    ['Seestrasse', 'Dorfstrasse', 'Rue du Lac', 'Via Stazione', 'Bundesgasse']),
  (4, 'FR', '+33', 18,
    ['Camille', 'Hugo', 'Léa', 'Louis', 'Chloé', 'Gabriel', 'Inès', 'Jules', 'Manon', 'Étienne', 'Zoé', 'Théo'],
    ['Martin', 'Bernard', 'Dubois', 'Moreau', 'Laurent', 'Lefèvre', 'Roux', 'Fournier', 'Girard', 'Mercier', 'Rousseau', 'Garnier'],
    ['Rue de la Paix', 'Avenue des Tilleuls', 'Rue Victor Hugo', 'Boulevard Carnot', 'Place du Marché']),
  (5, 'NL', '+31', 10,
    ['Daan', 'Emma', 'Sem', 'Julia', 'Lotte', 'Bram', 'Fleur', 'Thijs', 'Sanne', 'Ruben'],
    ['de Jong', 'Jansen', 'de Vries', 'van den Berg', 'Bakker', 'Visser', 'Smit', 'Mulder', 'Bos', 'Dekker'],
    ['Kerkstraat', 'Dorpsweg', 'Prinsengracht', 'Molenlaan', 'Julianalaan']),
  (6, 'BE', '+32', 6,
    ['Arthur', 'Louise', 'Lars', 'Elise', 'Victor', 'Noor', 'Mathis', 'Juliette'],
    ['Peeters', 'Janssens', 'Maes', 'Jacobs', 'Lambert', 'Dupont', 'Claes', 'Wouters'],
    ['Stationsstraat', 'Rue Haute', 'Grote Markt', 'Chaussée de Mons']),
  (7, 'ES', '+34', 8,
    ['Lucía', 'Hugo', 'Martina', 'Mateo', 'Sofía', 'Pablo', 'Carmen', 'Álvaro', 'Inés', 'Íñigo'],
    ['García', 'Rodríguez', 'López', 'Martínez', 'Sánchez', 'Gómez', 'Núñez', 'Ortega', 'Vidal', 'Serrano'],
    ['Calle Mayor', 'Avenida del Sol', 'Calle de Alcalá', 'Paseo Marítimo', 'Plaza Nueva']),
  (8, 'IT', '+39', 6,
    ['Giulia', 'Leonardo', 'Aurora', 'Alessandro', 'Ginevra', 'Tommaso', 'Beatrice', 'Niccolò'],
    ['Rossi', 'Russo', 'Ferrari', 'Esposito', 'Bianchi', 'Romano', 'Conti', 'D''Angelo'],
    ['Via Roma', 'Corso Garibaldi', 'Via Dante', 'Piazza San Marco']),
  (9, 'PL', '+48', 5,
    ['Zuzanna', 'Antoni', 'Julia', 'Jakub', 'Maja', 'Szymon', 'Łucja', 'Michał'],
    ['Nowak', 'Kowalski', 'Wiśniewski', 'Wójcik', 'Kamiński', 'Zieliński', 'Szymański', 'Dąbrowski'],
    ['ul. Długa', 'ul. Polna', 'al. Jana Pawła', 'ul. Ogrodowa'])
) AS t(place, code, dial, weight, firsts, lasts, streets);

CREATE TABLE places AS
SELECT country, city, postal, row_number() OVER (PARTITION BY country ORDER BY place) - 1 AS nth, count(*) OVER (PARTITION BY country) AS many
FROM (VALUES
  (1, 'DE', 'Berlin', 10115), (2, 'DE', 'Hamburg', 20095), (3, 'DE', 'München', 80331), (4, 'DE', 'Köln', 50667), (5, 'DE', 'Leipzig', 4103),
  (6, 'DE', 'Stuttgart', 70173), (7, 'DE', 'Freiburg', 79098), (8, 'DE', 'Münster', 48143), (9, 'DE', 'Jena', 7743),
  (10, 'AT', 'Wien', 1010), (11, 'AT', 'Graz', 8010), (12, 'AT', 'Linz', 4020), (13, 'AT', 'Innsbruck', 6020),
  (14, 'CH', 'Zürich', 8001), (15, 'CH', 'Genève', 1201), (16, 'CH', 'Basel', 4001), (17, 'CH', 'Lugano', 6900),
  (18, 'FR', 'Paris', 75001), (19, 'FR', 'Lyon', 69001), (20, 'FR', 'Nantes', 44000), (21, 'FR', 'Toulouse', 31000), (22, 'FR', 'Lille', 59000),
  (23, 'NL', 'Amsterdam', 1012), (24, 'NL', 'Utrecht', 3511), (25, 'NL', 'Rotterdam', 3011), (26, 'NL', 'Groningen', 9711),
  (27, 'BE', 'Gent', 9000), (28, 'BE', 'Bruxelles', 1000), (29, 'BE', 'Liège', 4000),
  (30, 'ES', 'Madrid', 28001), (31, 'ES', 'Barcelona', 8001), (32, 'ES', 'Sevilla', 41001), (33, 'ES', 'Bilbao', 48001),
  (34, 'IT', 'Milano', 20121), (35, 'IT', 'Torino', 10121), (36, 'IT', 'Bologna', 40121),
  (37, 'PL', 'Warszawa', 101), (38, 'PL', 'Kraków', 30001), (39, 'PL', 'Gdańsk', 80001)
) AS t(place, country, city, postal);
