-- Brands and the articles that they make.
CREATE SCHEMA brands;
CREATE SCHEMA catalogue;

CREATE TABLE brands.brands AS
SELECT CAST(row_number() OVER () AS INTEGER) AS brand_id, name, country, founded, founded < 1960 OR name LIKE 'Maison%' AS premium, main
FROM (VALUES
  ('Arlen', 'DE', 1987, 1), ('Fjordwald', 'NO', 1974, 1), ('Kestrel Peak', 'GB', 2003, 1), ('Nordhang', 'AT', 1952, 1), ('Tramontana', 'IT', 1996, 1), ('Vaellus', 'FI', 2011, 1),
  ('Atelier Brun', 'FR', 1938, 2), ('Casa Olmo', 'ES', 1999, 2), ('Hearth & Loom', 'GB', 2008, 2), ('Lindgrund', 'SE', 1949, 2), ('Porcelana Vidal', 'PT', 1921, 2), ('Stubenwerk', 'DE', 1963, 2),
  ('Bellecombe', 'FR', 1971, 3), ('Delft Denim', 'NL', 1992, 3), ('Fil d''Or', 'FR', 2005, 3), ('Kaja', 'PL', 2014, 3), ('Maison Verlaine', 'FR', 1966, 3), ('Ravello', 'IT', 1958, 3),
  ('Corsa Libre', 'ES', 2001, 4), ('Gripline', 'US', 1994, 4), ('Ostwind', 'DE', 1979, 4), ('Pacer', 'GB', 1985, 4), ('Setpoint', 'CH', 2009, 4), ('Velorno', 'IT', 1947, 4),
  ('Aurik', 'DK', 2012, 5), ('Hallberg Audio', 'SE', 1955, 5), ('Lumenar', 'NL', 2016, 5), ('Nixa', 'DE', 2006, 5), ('Quill & Wire', 'GB', 2018, 5), ('Tessitron', 'JP', 1981, 5),
  ('Bimbel', 'DE', 1990, 6), ('Kleiner Bär', 'DE', 1968, 6), ('Little Harbour', 'GB', 2004, 6), ('Petit Renard', 'FR', 2010, 6), ('Pikkuli', 'FI', 1959, 6), ('Tira-Tira', 'ES', 2015, 6)
) AS t(name, country, founded, main);

CREATE TABLE catalogue.categories AS
SELECT category_id, name, parent_id, nouns, low, high
FROM (VALUES
  (1, 'Outdoor', NULL, NULL, 0, 0), (2, 'Home', NULL, NULL, 0, 0), (3, 'Fashion', NULL, NULL, 0, 0), (4, 'Sports', NULL, NULL, 0, 0), (5, 'Electronics', NULL, NULL, 0, 0), (6, 'Kids', NULL, NULL, 0, 0),
  (11, 'Jackets', 1, ['Rain Jacket', 'Down Jacket', 'Softshell', 'Fleece Hoodie', 'Wind Shell'], 59, 349),
  (12, 'Backpacks', 1, ['Daypack 24 l', 'Trekking Pack 55 l', 'Bike Pack 18 l', 'Hip Pack'], 29, 229),
  (13, 'Camping', 1, ['Two-Person Tent', 'Sleeping Bag', 'Camp Stove', 'Sleeping Mat', 'Head Torch'], 24, 399),
  (14, 'Footwear', 1, ['Hiking Boot', 'Approach Shoe', 'Trail Sandal'], 69, 259),
  (21, 'Kitchen', 2, ['Chef''s Knife', 'Cast Iron Pot', 'Frying Pan', 'Salad Bowl', 'Espresso Pot'], 14, 199),
  (22, 'Textiles', 2, ['Linen Duvet Cover', 'Wool Blanket', 'Bath Towel', 'Cushion'], 12, 189),
  (23, 'Lighting', 2, ['Desk Lamp', 'Pendant Lamp', 'Floor Lamp', 'Candle Set'], 19, 279),
  (24, 'Tableware', 2, ['Dinner Plate Set', 'Teapot', 'Carafe', 'Mug Pair'], 16, 149),
  (31, 'Dresses', 3, ['Wrap Dress', 'Shirt Dress', 'Knit Dress'], 49, 289),
  (32, 'Denim', 3, ['Straight Jeans', 'Slim Jeans', 'Denim Jacket', 'Denim Skirt'], 49, 199),
  (33, 'Knitwear', 3, ['Merino Jumper', 'Cardigan', 'Roll Neck', 'Scarf'], 35, 229),
  (34, 'Accessories', 3, ['Leather Belt', 'Silk Scarf', 'Weekender Bag', 'Sunglasses'], 25, 319),
  (41, 'Running', 4, ['Running Shoe', 'Running Tights', 'Running Vest', 'Cap'], 19, 179),
  (42, 'Cycling', 4, ['Bib Shorts', 'Helmet', 'Jersey', 'Floor Pump'], 29, 249),
  (43, 'Fitness', 4, ['Yoga Mat', 'Kettlebell 12 kg', 'Resistance Set', 'Foam Roller'], 15, 119),
  (44, 'Team sports', 4, ['Match Ball', 'Shin Guards', 'Goalkeeper Gloves', 'Team Bag'], 14, 99),
  (51, 'Headphones', 5, ['Over-Ear Headphones', 'In-Ear Headphones', 'Gaming Headset'], 39, 429),
  (52, 'Speakers', 5, ['Bookshelf Speaker', 'Portable Speaker', 'Soundbar'], 49, 599),
  (53, 'Smart home', 5, ['Smart Bulb Set', 'Thermostat', 'Door Sensor', 'Smart Plug'], 15, 189),
  (54, 'Photo', 5, ['Tripod', 'Camera Strap', 'Instant Camera', 'Photo Printer'], 25, 349),
  (61, 'Toys', 6, ['Building Blocks', 'Wooden Train', 'Plush Fox', 'Puzzle', 'Marble Run'], 9, 89),
  (62, 'Clothing', 6, ['Rain Dungarees', 'Pyjamas', 'Winter Hat', 'Rain Boots'], 12, 79),
  (63, 'Nursery', 6, ['Night Light', 'Baby Blanket', 'Mobile', 'Changing Bag'], 15, 129),
  (64, 'School', 6, ['School Bag', 'Pencil Case', 'Lunch Box'], 9, 159)
) AS t(category_id, name, parent_id, nouns, low, high);

-- Twenty articles of each brand, out of the branches of its own main category.
CREATE TABLE catalogue.articles AS
SELECT 3000 + nth AS article_id, nth, concat(upper(left(replace(c.name, ' ', ''), 3)), '-', lpad(CAST(b.brand_id AS VARCHAR), 2, '0'), '-', lpad(CAST(k AS VARCHAR), 3, '0')) AS sku,
  concat(b.name, ' ', pick('series', nth, ['Alta', 'Boreal', 'Classic', 'Duo', 'Essential', 'Field', 'Lite', 'Nova', 'Origin', 'Pro', 'Terra', 'Urban']), ' ', pick('noun', nth, c.nouns)) AS name,
  c.category_id, b.brand_id, price AS list_price,
  CAST(round(price * (0.42 + 0.2 * chance('cost', nth)), 2) AS DECIMAL(10, 2)) AS cost_price,
  DATE '2021-01-01' + CAST(draw('launch', nth, 1900) AS INTEGER) AS launched_on,
  chance('active', nth) < 0.94 AS active
FROM (
  SELECT *, (brand_id - 1) * 20 + k AS nth FROM brands.brands, range(20) AS r(k)
) AS b
JOIN catalogue.categories c ON c.category_id = b.main * 10 + 1 + draw('category', nth, 4)
CROSS JOIN LATERAL (SELECT CAST(floor(c.low + (c.high - c.low) * power(chance('price', nth), 2) * (CASE WHEN b.premium THEN 1.15 ELSE 0.9 END)) + pick('cents', nth, [0.95, 0.99, 0.90, 0.50]) AS DECIMAL(10, 2)) AS price) AS p;
